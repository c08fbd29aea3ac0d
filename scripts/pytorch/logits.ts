/** What this project computes for some prompts, with everything that PyTorch needs to compute the same: see README.md. */

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SafetensorsEntry, writeSafetensors } from '../../src/files/safetensors.ts';
import { writeFileWhole } from '../../src/files/write-file.ts';
import {
  type Flamingo,
  load,
  type Model,
  type Prompt,
  parsePrompt,
  preprocess,
  readPicture,
  runFlamingo,
  type TapName,
  type TapQuery,
  tokenise,
} from '../../src/flamingo.ts';
import { type Device, GlassFlamingoError, openDevice, tensor } from '../../src/tensor/index.ts';
import { loadFlamingo } from '../../src/zoo/open/open-flamingo-files.ts';
import { readArguments, refuse } from '../arguments.ts';

const HELP = `Usage: node --import tsx --conditions=source scripts/pytorch/logits.ts --out FILE [options]

Writes, for every prompt NAME, in safetensors: NAME/ids [1, n], NAME/pixels [1, m, 1, 3, h, w], and what passes the taps
vision.patches, resampler.out and logits.

  --tap PATTERN           other taps, too; repeatable
  --prompts FILE          {"NAME": PROMPT, ...} with a picture each, pictures relative to the file (default: prompts.json)
  --weights DIR           the model, and in any case tokenizer, preprocessing and sizes (default: the shipped one)
  --checkpoint FILE       another file of weights of that model, as training left it; with
  --vision DIR            its vision encoder and
  --language-model DIR    its language model, where the checkpoint doesn't hold them
  --device NAME           default simd
`;

const { values: options } = readArguments(HELP, {
  options: {
    tap: { type: 'string', multiple: true, default: [] },
    prompts: { type: 'string', default: fileURLToPath(new URL('prompts.json', import.meta.url)) },
    weights: { type: 'string' },
    checkpoint: { type: 'string' },
    vision: { type: 'string' },
    'language-model': { type: 'string' },
    device: { type: 'string', default: 'simd' },
    out: { type: 'string' },
  },
});

const CAPTURE = ['vision.patches', 'resampler.out', 'logits', ...options.tap] as TapQuery[];

async function main(): Promise<void> {
  if (options.out === undefined) refuse('--out is missing');
  const device = await openDevice(options.device);
  const model = await load(options.weights, { device });
  const flamingo = options.checkpoint === undefined ? model.flamingo : await trained(options.checkpoint, model, device);
  const entries: SafetensorsEntry[] = [];
  for (const [name, prompt] of await promptsIn(options.prompts))
    for (const entry of await read(prompt, model, flamingo)) entries.push({ ...entry, name: `${name}/${entry.name}` });
  await writeFileWhole(options.out, writeSafetensors(entries));
}

/** The same model with the weights of another file; what a checkpoint doesn't hold lies in the folders it started from. */
function trained(checkpoint: string, { config }: Model, device: Device): Promise<Flamingo> {
  const { vision, 'language-model': languageModel } = options;
  const parts = { ...(vision !== undefined && { vision }), ...(languageModel !== undefined && { languageModel }) };
  // The files say whether there is a projection on top; no text needs it.
  const { projection: _, ...encoder } = config.model.vision ?? {};
  return loadFlamingo(checkpoint, { ...parts, device, config: { ...config.model, vision: encoder } });
}

async function promptsIn(file: string): Promise<[name: string, prompt: Prompt][]> {
  const prompts: Record<string, unknown> = JSON.parse(await readFile(file, 'utf8'));
  return Object.entries(prompts).map(([name, prompt]) => [name, parsePrompt(prompt)]);
}

async function read(prompt: Prompt, { tokenizer, config }: Model, flamingo: Flamingo): Promise<SafetensorsEntry[]> {
  const { ids, images } = tokenise(prompt, tokenizer);
  const { size } = config.preprocessing;
  const text = { name: 'ids', shape: [1, ids.length], data: Int32Array.from(ids), dtype: 'I64' as const };
  const pictures = await Promise.all(images.map((path) => pixelsOf(path, config.preprocessing)));
  const data = Float32Array.from(pictures.flatMap((picture) => [...picture]));
  const pixels = { name: 'pixels', shape: [1, pictures.length, 1, 3, size, size], data };
  const inputs = {
    ids: tensor(flamingo.device, text.data, text.shape),
    pixels: tensor(flamingo.device, pixels.data, pixels.shape),
  };
  const run = await runFlamingo(flamingo, inputs, { capture: CAPTURE });
  return [text, pixels, ...run.names.map((name) => run.get(name as TapName))];
}

async function pixelsOf(path: string, preprocessing: Model['config']['preprocessing']): Promise<Float32Array> {
  const file = resolve(dirname(options.prompts), path);
  return preprocess(await readPicture(new Uint8Array(await readFile(file)), path), preprocessing);
}

main().catch((error: unknown) => {
  if (!(error instanceof GlassFlamingoError)) throw error;
  process.stderr.write(`${error.name}: ${error.message}\n`);
  process.exitCode = 2;
});
