import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Agreed, agree, notebookParts, outOfStep, pageParts } from './agreed/pairs.ts';
import { readArguments } from './arguments.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const record = resolve(root, 'docs/agreed.json');
const USAGE = `Pages and notebooks in two languages: which parts changed in one language since a person last said that both agree.

    npm run agree -- --check          what is out of step; exit code 1 if anything is
    npm run agree [-- FILES]          writes down that both languages agree, of all pairs or of these files'`;

const { values, positionals } = readArguments(USAGE, {
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});

/** Korean and English file of each pair, by the English one's path. */
function pairs(): Map<string, readonly [string, string]> {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
    .toString()
    .split('\n');
  const english = (file: string): string =>
    file.endsWith('.ko.md') ? file.replace(/\.ko\.md$/, '.md') : file.replace(/\.ipynb$/, '.en.ipynb');
  const korean = files.filter((file) => file.endsWith('.ko.md') || /^notebooks\/[^.]+\.ipynb$/.test(file));
  return new Map(korean.map((file) => [english(file), [file, english(file)] as const]));
}

const read = (file: string): Map<string, string> => {
  const text = readFileSync(resolve(root, file), 'utf8');
  return file.endsWith('.md') ? pageParts(text) : notebookParts(text);
};

const known: Record<string, Agreed> = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : {};
const all = pairs();
const wanted = positionals.map((file) => relative(root, resolve(file)));
const stray = wanted.find((file) => ![...all.values()].flat().includes(file));
if (stray !== undefined) {
  console.error(`${stray} is not a page or a notebook in two languages; expected one of ${[...all.keys()].join(', ')}`);
  process.exit(2);
}
const chosen = [...all].filter(([, files]) => wanted.length === 0 || files.some((file) => wanted.includes(file)));

if (values.check) {
  const problems = chosen.flatMap(([name, [ko, en]]) => {
    if (!existsSync(resolve(root, en))) return [`${ko} has no English page ${en}`];
    return outOfStep(read(ko), read(en), known[name] ?? {}).map((problem) => `${name}: ${problem}`);
  });
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) console.error('Read both, then: npm run agree -- FILE');
  console.log(`${chosen.length} pairs, ${problems.length} parts out of step`);
  process.exitCode = problems.length > 0 ? 1 : 0;
} else {
  for (const [name, [ko, en]] of chosen) known[name] = agree(read(ko), read(en));
  const kept = Object.fromEntries(
    Object.entries(known)
      .filter(([name]) => all.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  writeFileSync(record, `${JSON.stringify(kept, null, 1)}\n`);
  console.log(`${chosen.length} pairs agreed`);
}
