#!/usr/bin/env node
import module from 'node:module';

module.enableCompileCache?.(); // Node 22.1 and newer: the second start compiles nothing
await import('../dist/cli/main.js');
