/** A page has its tests one after another in one process: it goes first, or a core is idle once all others are done. */
import { setPriority } from 'node:os';

setPriority(5);
