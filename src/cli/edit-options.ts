import { type Command, Option } from 'commander';
import type { Edit } from '../runs/edit.ts';
import { UsageError } from './context.ts';

const CHANGES = {
  set: 'make every number there this one',
  scale: 'multiply what flows there',
  add: 'add to what flows there',
} as const;

/** Adds `--set`, `--scale` and `--add`, repeatable. @returns the edits of one command line, in the order written */
export function withEditOptions(command: Command): readonly Edit[] {
  const edits: Edit[] = [];
  for (const [change, what] of Object.entries(CHANGES)) {
    const parse = (text: string): void => {
      const { at, value } = parseAssignment(`--${change}`, text);
      edits.push({ at, [change]: value } as unknown as Edit);
    };
    command.addOption(new Option(`--${change} <pattern=number>`, `${what}; repeatable`).argParser(parse));
  }
  return edits;
}

/** `xattn.*.gate.*=0`: the pattern of a tap's name, then a number. @throws UsageError */
function parseAssignment(flag: string, text: string): { at: string; value: number } {
  const split = text.lastIndexOf('=');
  const at = text.slice(0, Math.max(0, split)).trim();
  const written = text.slice(split + 1).trim();
  const value = Number(written);
  if (at === '' || written === '' || !Number.isFinite(value))
    throw new UsageError(`${flag} '${text}': expected PATTERN=NUMBER, such as 'xattn.*.gate.*=0'`);
  return { at, value };
}
