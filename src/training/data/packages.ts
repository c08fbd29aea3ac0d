import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileWhole } from '../../files/write-file.ts';

/** One npm package that training reads; none is a dependency of glass-flamingo. */
export interface DataPackage {
  /** Folder under node_modules. */
  readonly folder: string;
  /** npm package name and exact version. */
  readonly name: string;
  readonly version: string;
  /** Installed size in megabytes, rounded. */
  readonly megabytes: number;
  readonly licence: string;
  readonly use: string;
}

/** Versions are exact: the art of other versions differs, and emojione 3 is under other terms. */
export const DATA_PACKAGES: readonly DataPackage[] = [
  {
    folder: 'emojibase-data',
    name: 'emojibase-data',
    version: '17.0.0',
    megabytes: 49,
    licence: 'MIT',
    use: 'names, tags and groups in English and Korean',
  },
  {
    folder: 'emoji-datasource-google',
    name: 'emoji-datasource-google',
    version: '16.0.0',
    megabytes: 82,
    licence: 'Apache-2.0 art (Noto Emoji, Google), MIT code',
    use: 'style noto',
  },
  {
    folder: 'emoji-datasource-twitter',
    name: 'emoji-datasource-twitter',
    version: '16.0.0',
    megabytes: 70,
    licence: 'CC-BY-4.0 art (Twemoji, Twitter and contributors), MIT code',
    use: 'style twemoji',
  },
  {
    folder: '@lobehub/fluent-emoji-3d',
    name: '@lobehub/fluent-emoji-3d',
    version: '1.1.0',
    megabytes: 25,
    licence: 'MIT (Fluent Emoji, Microsoft)',
    use: 'style fluent3d',
  },
  {
    folder: '@iconify-json/fluent-emoji-flat',
    name: '@iconify-json/fluent-emoji-flat',
    version: '1.2.6',
    megabytes: 9,
    licence: 'MIT (Fluent Emoji, Microsoft)',
    use: 'style fluentFlat',
  },
  {
    folder: 'emoji-datasource-google-blobs',
    name: 'emoji-datasource-google',
    version: '3.0.0',
    megabytes: 33,
    licence: 'Apache-2.0 art (Noto Emoji before 2017, Google), MIT code',
    use: 'style blobs',
  },
  {
    folder: 'emojione',
    name: 'emojione',
    version: '2.2.7',
    megabytes: 130,
    licence: 'CC-BY-4.0 art (EmojiOne, Ranks.com), MIT code',
    use: 'style emojione: evaluation only, never trained on',
  },
  {
    folder: 'sharp',
    name: 'sharp',
    version: '0.35.5',
    megabytes: 20,
    licence: 'Apache-2.0 (libvips: LGPL-3.0-or-later)',
    use: 'decodes the PNG, WebP and SVG pictures',
  },
];

/** The data packages could not be installed, or are not what was asked for. */
export class DataError extends Error {
  override readonly name = 'DataError';
}

async function installedVersion(folder: string, entry: DataPackage): Promise<string | null> {
  try {
    const text = await readFile(join(folder, 'node_modules', entry.folder, 'package.json'), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  } catch {
    return null;
  }
}

/** The packages that are missing from `folder`, or there in another version. */
async function missingPackages(folder: string): Promise<DataPackage[]> {
  const versions = await Promise.all(DATA_PACKAGES.map((entry) => installedVersion(folder, entry)));
  return DATA_PACKAGES.filter((entry, i) => versions[i] !== entry.version);
}

async function writeManifest(folder: string): Promise<void> {
  const dependencies = Object.fromEntries(
    DATA_PACKAGES.map(({ folder: alias, name, version }) => [
      alias,
      alias === name ? version : `npm:${name}@${version}`,
    ]),
  );
  const manifest = { name: 'glass-flamingo-training-data', private: true, dependencies };
  const path = join(folder, 'package.json');
  await writeFileWhole(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** npm itself resumes: what its cache holds is not fetched again. */
function npmInstall(folder: string): Promise<void> {
  const options = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  return new Promise((resolve, reject) => {
    const child = spawn('npm', options, {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      shell: process.platform === 'win32',
    });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    child.on('error', (error) => reject(new DataError(`npm could not be started: ${error.message}`)));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new DataError(`npm install in ${folder} ended with ${code}:\n${complaint.trim()}`));
    });
  });
}

/**
 * Installs the data packages into `folder` unless they are there already (then nothing happens).
 * Names, sizes and licences are said first, one line at a time.
 * @throws DataError if npm fails or a version differs afterwards.
 */
export async function ensureData(folder: string, say: (line: string) => void): Promise<void> {
  const missing = await missingPackages(folder);
  if (missing.length === 0) return;
  const total = missing.reduce((sum, entry) => sum + entry.megabytes, 0);
  say(`Training data: ${missing.length} npm packages, about ${total} MB installed, into ${folder}`);
  for (const { name, version, megabytes, licence, use } of missing) {
    say(`  ${`${name}@${version}`.padEnd(42)} ${String(megabytes).padStart(4)} MB  ${use}; ${licence}`);
  }
  await mkdir(folder, { recursive: true });
  await writeManifest(folder);
  await npmInstall(folder);
  const wrong = await missingPackages(folder);
  if (wrong.length > 0) {
    throw new DataError(
      `after npm install in ${folder} still missing: ${wrong.map((entry) => `${entry.name}@${entry.version}`).join(', ')}`,
    );
  }
}

/** True if every data package is installed in `folder`, in its exact version. */
export async function hasData(folder: string): Promise<boolean> {
  return (await missingPackages(folder)).length === 0;
}
