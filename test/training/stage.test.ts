import { execFileSync } from 'node:child_process';
import { appendFile, lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GlassFlamingoError } from '../../src/tensor/index.ts';
import type { State } from '../../src/training/checkpoint.ts';
import type { Report } from '../../src/training/report.ts';
import { Interrupted, runStage, type Stage } from '../../src/training/stage.ts';

const silent: Report = { say: () => {}, begin: () => {}, step: () => {}, end: () => {} };
const CHECKPOINT = 'toy.checkpoint.safetensors';
const LOG = 'toy.log.jsonl';

/** A stage whose every step depends on all steps before, and on its number. */
function toyStage(onStep: (index: number) => void = () => {}): Stage {
  const [weight, momentum] = [Float32Array.of(1, 2, 3), new Float32Array(3)];
  const state: State = new Map([
    ['model.weight', { shape: [3], data: weight }],
    ['optimizer.weight.momenta.0', { shape: [3], data: momentum }],
  ]);
  let stopped = false;
  return {
    name: 'toy',
    steps: 23,
    recipe: { seed: 3 },
    state,
    run: async (from, to, tell) => {
      for (let index = from; index < to; index++) {
        for (let i = 0; i < 3; i++) {
          momentum[i] = 0.9 * (momentum[i] as number) + Math.sin((index + 1) * (weight[i] as number));
          weight[i] = (weight[i] as number) - 0.1 * (momentum[i] as number);
        }
        tell({ loss: weight[0] as number });
        onStep(index);
        if (stopped) return index + 1;
      }
      return to;
    },
    stop: () => {
      stopped = true;
    },
  };
}

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'stage-'));
const run = (directory: string, stage = toyStage(), more = {}): Promise<void> =>
  runStage(stage, { directory, report: silent, every: 5, ...more });
const bitsOf = async (path: string): Promise<string> => (await readFile(path)).toString('base64');
const losses = async (directory: string): Promise<number[]> =>
  (await readFile(join(directory, LOG), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { loss: number }).loss);

async function whole(): Promise<{ directory: string; bits: string; lines: number[] }> {
  const directory = await folder();
  await run(directory);
  return { directory, bits: await bitsOf(join(directory, CHECKPOINT)), lines: await losses(directory) };
}

/** A run that was killed two steps after its checkpoint of step 10. */
async function killed(): Promise<string> {
  const directory = await folder();
  const stage = toyStage((index) => {
    if (index === 12) throw new Error('killed');
  });
  await expect(run(directory, stage)).rejects.toThrow('killed');
  return directory;
}

/** With another third-last byte, which leaves the last number finite. */
function flipped(bytes: Buffer): Buffer {
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 3) ^ 1, bytes.length - 3);
  return bytes;
}

describe('runStage', () => {
  it('gives the same bits when it is killed between checkpoints, stopped on request, and resumed', async () => {
    const { bits, lines } = await whole();
    const broken = await killed();
    const stop = new AbortController();
    const stopped = toyStage((index) => {
      if (index === 16) stop.abort();
    });
    await expect(run(broken, stopped, { signal: stop.signal })).rejects.toThrow(Interrupted);
    await run(broken);
    expect(await bitsOf(join(broken, CHECKPOINT))).toBe(bits);
    expect(await losses(broken)).toEqual(lines);
    expect(lines).toHaveLength(23);
  });

  it.each([
    ['half a line', '{"step":9,"seco'],
    ['zero bytes', '\0\0\0\0\0\0\0'],
    ['a line that is not a step', '{"loss":1}\n[]\n{"step":-1}\n{"step":2.5}\nnull\n'],
    ['a step whose loss is no number', '{"step":3,"loss":"x"}\n{"step":4,"loss":[1]}\n'],
  ])('goes on behind a log that ends in %s', async (_, rest) => {
    const { bits, lines } = await whole();
    const broken = await killed();
    await appendFile(join(broken, LOG), rest);
    await run(broken);
    expect(await bitsOf(join(broken, CHECKPOINT))).toBe(bits);
    expect(await losses(broken)).toEqual(lines);
  });

  it('keeps one line of a step that a log has twice, in order', async () => {
    const { lines } = await whole();
    const broken = await killed();
    const log = await readFile(join(broken, LOG), 'utf8');
    await writeFile(join(broken, LOG), `${log}${log.split('\n').slice(2, 6).reverse().join('\n')}\n`);
    await run(broken);
    expect(await losses(broken)).toEqual(lines);
  });

  it.each([
    ['some lines', (text: string) => text.split('\n').slice(3).join('\n'), 3],
    ['all of it', () => '', 10],
    ['nothing', (text: string) => text, 0],
  ])('says how many steps a log that lost %s lacks', async (_, lose, lost) => {
    const broken = await killed();
    await writeFile(join(broken, LOG), lose(await readFile(join(broken, LOG), 'utf8')));
    const said: unknown[] = [];
    await run(broken, toyStage(), { report: { ...silent, say: (line: unknown) => said.push(line) } });
    const en = `${LOG} lacks ${lost} of the 10 steps before; what is drawn from it has a gap`;
    expect(said).toEqual(lost > 0 ? [expect.objectContaining({ en })] : []);
    expect(await losses(broken)).toHaveLength(23 - lost);
  });

  it.each([LOG, CHECKPOINT])('does not wait for a FIFO that has the name of %s', async (name) => {
    const broken = await killed();
    await rm(join(broken, name));
    execFileSync('mkfifo', [join(broken, name)]);
    const error = await run(broken).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(GlassFlamingoError);
    expect(String(error)).toMatch(/toy\.(log|checkpoint)\.\w+ is no file but a FIFO/);
    expect((await lstat(join(broken, name))).isFIFO()).toBe(true);
  });

  it('takes no log that cannot be read for an empty one', async () => {
    const broken = await killed();
    await rm(join(broken, LOG));
    await mkdir(join(broken, LOG));
    await expect(run(broken)).rejects.toThrow(/toy\.log\.jsonl is a folder/);
  });

  it('keeps snapshots at the steps that were asked for, the first and the last among them', async () => {
    const directory = await folder();
    await run(directory, toyStage(), { snapshotsAt: [0, 3, 23], snapshots: 10 });
    for (const step of [0, 3, 10, 20, 23]) {
      const name = `toy-${String(step).padStart(6, '0')}.safetensors`;
      expect((await readFile(join(directory, 'snapshots', name))).length).toBeGreaterThan(0);
    }
  });

  it('refuses a checkpoint of another recipe', async () => {
    const { directory } = await whole();
    await expect(run(directory, { ...toyStage(), recipe: { seed: 4 } })).rejects.toThrow(
      /toy\.checkpoint.*another recipe/,
    );
  });

  it.each([
    ['a changed byte', (bytes: Buffer): Buffer => flipped(bytes), /checksum/],
    [
      'another step',
      (bytes: Buffer): Buffer => Buffer.from(bytes.toString('latin1').replace('"step":"23"', '"step":"22"'), 'latin1'),
      /checksum/,
    ],
    ['a missing end', (bytes: Buffer): Buffer => bytes.subarray(0, -9), /damaged/],
    ['nothing', (): Buffer => Buffer.alloc(0), /damaged/],
    ['zeros', (bytes: Buffer): Buffer => Buffer.alloc(bytes.length), /damaged/],
    ['not a number', (bytes: Buffer): Buffer => bytes.fill(0xff, bytes.length - 4), /not finite/],
    [
      'half a step',
      (bytes: Buffer): Buffer => Buffer.from(bytes.toString('latin1').replace('"step":"23"', '"step":"2."'), 'latin1'),
      /step '2\.'/,
    ],
  ])('refuses a checkpoint with %s, and says which file and what to do', async (_, damage, message) => {
    const { directory } = await whole();
    const path = join(directory, CHECKPOINT);
    await writeFile(path, damage(await readFile(path)));
    const failure = await run(directory).catch((error: Error) => error.message);
    expect(failure).toContain(path);
    expect(failure).toMatch(message);
    expect(failure).toMatch(/remove it to begin this stage again/);
  });
});
