import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { formatPlace, type Joined } from './join.ts';
import { ROOT, toolPath } from './tools.ts';

/** Errors of TypeScript by the path of the joined module, under '' those of other files. One tsc checks them all. */
export async function typeCheck(
  modules: ReadonlyMap<string, Joined>,
  signal?: AbortSignal,
): Promise<Map<string, string[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'glass-flamingo-'));
  try {
    const config = join(folder, 'tsconfig.json');
    writeFileSync(config, JSON.stringify(configFor([...modules.keys()])));
    return collect(await runTsc(config, signal), modules);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As strict as the sources, save what would clutter a page that is read. */
function configFor(files: readonly string[]): object {
  return {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      declaration: false,
      isolatedDeclarations: false,
      noUncheckedIndexedAccess: false,
      rewriteRelativeImportExtensions: false,
      allowImportingTsExtensions: true,
      rootDir: '/',
      typeRoots: [join(ROOT, 'node_modules/@types')],
    },
    files,
    include: [],
  };
}

function runTsc(config: string, signal?: AbortSignal): Promise<string> {
  const tsc = join(dirname(toolPath('typescript7/package.json')), 'bin/tsc');
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [tsc, '-p', config, '--pretty', 'false'],
      { maxBuffer: 2 ** 26, ...(signal && { signal }) },
      (error, stdout) => {
        if (error && stdout === '' && !signal?.aborted) reject(error);
        else resolve(stdout);
      },
    );
  });
}

function collect(report: string, modules: ReadonlyMap<string, Joined>): Map<string, string[]> {
  const byName = new Map(Array.from(modules.keys(), (path) => [basename(path), path]));
  const errors = new Map<string, string[]>();
  let latest: string[] = [];
  for (const line of report.split('\n')) {
    const found = /^(.*)\((\d+),(\d+)\): error (TS\d+: .*)$/.exec(line);
    const own = found && byName.get(basename(found[1] as string));
    if (!found && line.startsWith(' ')) latest.push(`${latest.pop() ?? ''}\n${line}`);
    else if (line !== '') {
      const joined = own ? modules.get(own) : undefined;
      latest = errors.get(own ?? '') ?? [];
      errors.set(own ?? '', latest);
      latest.push(
        found && joined ? `${formatPlace(joined.locate(Number(found[2])), found[3] as string)} ${found[4]}` : line,
      );
    }
  }
  return errors;
}
