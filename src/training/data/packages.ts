import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders, writeFileWhole } from '../../files/write-file.ts';
import { inLanguage, type Worded } from '../../runs/worded.ts';
import { TrainingError } from '../files.ts';
import type { Told } from '../report.ts';

/** One npm package that training reads; none is a dependency of glass-flamingo. */
interface DataPackage {
  /** Folder under node_modules. */
  readonly folder: string;
  /** npm package name and exact version. */
  readonly name: string;
  readonly version: string;
  /** Installed size in megabytes, rounded. */
  readonly megabytes: number;
  readonly licence: string;
  readonly use: Worded;
}

/** One set of icons, from `@iconify-json/<name>`. */
export interface IconSet {
  readonly name: string;
  readonly version: string;
  readonly megabytes: number;
  readonly licence: string;
  /** Sets of one family are by the same hands: a thing must be in two families. */
  readonly family: string;
  /** Drawn in colours; the others are one ink. */
  readonly colour: boolean;
}

const iconSet = (name: string, version: string, megabytes: number, licence: string): IconSet => ({
  name,
  version,
  megabytes,
  licence,
  family: name.replace(/-solid$/, ''),
  colour: ['icon-park', 'streamline-emojis', 'flat-color-icons'].includes(name),
});

/** Openly licensed sets without share-alike; none holds logos only. */
export const ICON_SETS: readonly IconSet[] = [
  iconSet('tabler', '1.2.41', 3, 'MIT'),
  iconSet('ph', '1.2.2', 5, 'MIT'),
  iconSet('mdi', '1.2.3', 4, 'Apache-2.0'),
  iconSet('lucide', '1.2.137', 1, 'ISC'),
  iconSet('material-symbols', '1.2.98', 9, 'Apache-2.0'),
  iconSet('mingcute', '1.2.8', 2, 'Apache-2.0'),
  iconSet('hugeicons', '1.2.35', 4, 'MIT'),
  iconSet('solar', '1.2.13', 12, 'CC-BY-4.0'),
  iconSet('ri', '1.2.10', 2, 'Apache-2.0'),
  iconSet('fluent', '1.2.60', 13, 'MIT'),
  iconSet('mynaui', '1.2.19', 2, 'MIT'),
  iconSet('icon-park', '1.2.4', 2, 'Apache-2.0'),
  iconSet('icon-park-solid', '1.2.4', 1, 'Apache-2.0'),
  iconSet('tdesign', '1.2.19', 1, 'MIT'),
  iconSet('la', '1.2.1', 2, 'Apache-2.0'),
  iconSet('bi', '1.2.7', 2, 'MIT'),
  iconSet('iconoir', '1.2.11', 1, 'MIT'),
  iconSet('fa6-solid', '1.2.4', 1, 'CC-BY-4.0'),
  iconSet('game-icons', '1.2.4', 7, 'CC-BY-3.0'),
  iconSet('ion', '1.2.7', 2, 'MIT'),
  iconSet('streamline-emojis', '1.2.4', 3, 'CC-BY-4.0'),
  iconSet('flat-color-icons', '1.2.3', 1, 'MIT'),
];

/** Versions are exact: the art of other versions differs, and emojione 3 is under other terms. */
export const DATA_PACKAGES: readonly DataPackage[] = [
  {
    folder: 'emojibase-data',
    name: 'emojibase-data',
    version: '17.0.0',
    megabytes: 49,
    licence: 'MIT',
    use: { en: 'names, tags and groups in English and Korean', ko: '영어와 한국어로 된 이름, 꼬리표, 갈래' },
  },
  {
    folder: 'emoji-datasource-google',
    name: 'emoji-datasource-google',
    version: '16.0.0',
    megabytes: 82,
    licence: 'Apache-2.0 art (Noto Emoji, Google), MIT code',
    use: { en: 'style noto', ko: '화풍 noto' },
  },
  {
    folder: 'emoji-datasource-twitter',
    name: 'emoji-datasource-twitter',
    version: '16.0.0',
    megabytes: 70,
    licence: 'CC-BY-4.0 art (Twemoji, Twitter and contributors), MIT code',
    use: { en: 'style twemoji', ko: '화풍 twemoji' },
  },
  {
    folder: '@lobehub/fluent-emoji-3d',
    name: '@lobehub/fluent-emoji-3d',
    version: '1.1.0',
    megabytes: 25,
    licence: 'MIT (Fluent Emoji, Microsoft)',
    use: { en: 'style fluent3d', ko: '화풍 fluent3d' },
  },
  {
    folder: '@iconify-json/fluent-emoji-flat',
    name: '@iconify-json/fluent-emoji-flat',
    version: '1.2.6',
    megabytes: 9,
    licence: 'MIT (Fluent Emoji, Microsoft)',
    use: { en: 'style fluentFlat', ko: '화풍 fluentFlat' },
  },
  {
    folder: 'emoji-datasource-google-blobs',
    name: 'emoji-datasource-google',
    version: '3.0.0',
    megabytes: 33,
    licence: 'Apache-2.0 art (Noto Emoji before 2017, Google), MIT code',
    use: { en: 'style blobs', ko: '화풍 blobs' },
  },
  {
    folder: 'emojione',
    name: 'emojione',
    version: '2.2.7',
    megabytes: 130,
    licence: 'CC-BY-4.0 art (EmojiOne, Ranks.com), MIT code',
    use: {
      en: 'style emojione: evaluation only, never trained on',
      ko: '화풍 emojione: 평가에만 쓰고 학습에는 안 써요',
    },
  },
  {
    folder: '@iconify-json/fluent-emoji-high-contrast',
    name: '@iconify-json/fluent-emoji-high-contrast',
    version: '1.2.6',
    megabytes: 3,
    licence: 'MIT (Fluent Emoji, Microsoft)',
    use: { en: 'drawings highContrast', ko: '다른 그림 highContrast' },
  },
  {
    folder: '@expo-google-fonts/noto-emoji',
    name: '@expo-google-fonts/noto-emoji',
    version: '0.4.7',
    megabytes: 5,
    licence: 'OFL-1.1 font (Noto Emoji, Google), MIT code',
    use: { en: 'drawings fontLight and fontBold', ko: '다른 그림 fontLight, fontBold' },
  },
  {
    folder: 'emoji-datasource-google-2017',
    name: 'emoji-datasource-google',
    version: '4.0.4',
    megabytes: 40,
    licence: 'Apache-2.0 art (Noto Emoji, Google), MIT code',
    use: { en: 'drawings noto2017', ko: '다른 그림 noto2017' },
  },
  {
    folder: 'emoji-datasource-twitter-2017',
    name: 'emoji-datasource-twitter',
    version: '3.0.0',
    megabytes: 31,
    licence: 'CC-BY-4.0 art (Twemoji, Twitter and contributors), MIT code',
    use: { en: 'drawings twemoji2017', ko: '다른 그림 twemoji2017' },
  },
  ...ICON_SETS.map((set) => ({
    folder: `@iconify-json/${set.name}`,
    name: `@iconify-json/${set.name}`,
    version: set.version,
    megabytes: set.megabytes,
    licence: set.licence,
    use: { en: 'icons', ko: '아이콘' },
  })),
  {
    folder: 'opentype.js',
    name: 'opentype.js',
    version: '2.0.0',
    megabytes: 4,
    licence: 'MIT',
    use: { en: "reads the font's outlines", ko: '글꼴의 윤곽을 읽어요' },
  },
  {
    folder: 'sharp',
    name: 'sharp',
    version: '0.35.5',
    megabytes: 20,
    licence: 'Apache-2.0 (libvips: LGPL-3.0-or-later)',
    use: { en: 'decodes the PNG, WebP and SVG pictures', ko: 'PNG, WebP, SVG 그림을 읽어요' },
  },
];

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
    child.on('error', (error) => reject(new TrainingError(`npm could not be started: ${error.message}`)));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new TrainingError(
            `npm install in ${folder} ended with ${code}:\n  ${complaint.trim().replaceAll('\n', '\n  ')}`,
          ),
        );
    });
  });
}

/**
 * Installs the data packages into `folder` unless they are there already (then nothing happens).
 * `say` first hears names, sizes and licences, one line at a time.
 * @throws TrainingError if npm fails or a version differs afterwards.
 */
export async function ensureData(folder: string, say: (line: Told) => void): Promise<void> {
  const missing = await missingPackages(folder);
  if (missing.length === 0) return;
  const total = missing.reduce((sum, entry) => sum + entry.megabytes, 0);
  say({
    en: `Training data: ${missing.length} npm packages, about ${total} MB installed, into ${folder}`,
    ko: `학습 데이터: npm 패키지 ${missing.length}개를 ${folder}에 설치해요. 설치하면 ${total} MB쯤이에요`,
  });
  for (const { name, version, megabytes, licence, use } of missing) {
    const line = (what: string): string =>
      `  ${`${name}@${version}`.padEnd(42)} ${String(megabytes).padStart(4)} MB  ${what}; ${licence}`;
    say({ en: line(use.en), ko: line(inLanguage(use, 'ko')) });
  }
  await makeFolders(folder);
  await writeManifest(folder);
  await npmInstall(folder);
  const wrong = await missingPackages(folder);
  if (wrong.length > 0) {
    throw new TrainingError(
      `after npm install in ${folder} still missing: ${wrong.map((entry) => `${entry.name}@${entry.version}`).join(', ')}`,
    );
  }
}

/** True if every data package is installed in `folder`, in its exact version. */
export async function hasData(folder: string): Promise<boolean> {
  return (await missingPackages(folder)).length === 0;
}
