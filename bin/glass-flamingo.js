#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) {
  module.enableCompileCache?.(); // Node 22.1 and newer: the second start compiles nothing
  await import(main.href);
} else {
  process.stderr.write('glass-flamingo: nothing is built here yet; run `npm ci` first, in a clone\n');
  process.exitCode = 2;
}
