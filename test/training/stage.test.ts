import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Linear, Module } from '../../src/nn/index.ts';
import { backward, type Device, openDevice, Random, randn, scope } from '../../src/tensor/index.ts';
import { muonAndAdam } from '../../src/training/optimizers.ts';
import type { Report } from '../../src/training/report.ts';
import { Interrupted, runStage, type Stage } from '../../src/training/stage.ts';

const silent: Report = { say: () => {}, begin: () => {}, step: () => {}, end: () => {} };

class Toy extends Module {
  first: Linear;
  second: Linear;

  constructor(device: Device) {
    super();
    const init = { device, random: new Random(7) };
    this.first = new Linear(init, 6, 10);
    this.second = new Linear(init, 10, 3);
  }
}

function toyStage(device: Device, onStep: (index: number) => void = () => {}): Stage {
  const model = new Toy(device);
  const optimizer = muonAndAdam(model, (name) => name.startsWith('first'), { muon: 0.02, muonDecay: 0.05, adam: 1e-2 });
  const parameters = [...model.parameters().values()];
  const root = new Random(3);
  const step = async (index: number): Promise<{ loss: number }> => {
    const loss = scope(device, () => {
      const x = randn(device, [8, 6], root.fork(index));
      const y = model.second.forward(model.first.forward(x).geluErf());
      const error = y
        .sub(x.slice([[null], [0, 3]]))
        .square()
        .mean();
      optimizer.step(backward(error, parameters), 1 / (index + 1));
      return error;
    });
    onStep(index);
    return { loss: await loss.item() };
  };
  return { name: 'toy', steps: 23, model, optimizer, recipe: { seed: 3 }, step };
}

const bitsOf = async (path: string): Promise<string> => (await readFile(path)).toString('base64');
const losses = async (directory: string): Promise<number[]> =>
  (await readFile(join(directory, 'toy.log.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { loss: number }).loss);

describe('runStage', () => {
  it('gives the same bits when it is killed between checkpoints, stopped on request, and resumed', async () => {
    const device = await openDevice('simd');
    const [whole, broken] = [await mkdtemp(join(tmpdir(), 'stage-')), await mkdtemp(join(tmpdir(), 'stage-'))];
    await runStage(toyStage(device), { directory: whole, report: silent, every: 5 });

    const killed = toyStage(device, (index) => {
      if (index === 12) throw new Error('killed'); // two steps after a checkpoint: they are taken again
    });
    await expect(runStage(killed, { directory: broken, report: silent, every: 5 })).rejects.toThrow('killed');
    const stop = new AbortController();
    const stopped = toyStage(device, (index) => {
      if (index === 16) stop.abort();
    });
    await expect(
      runStage(stopped, { directory: broken, report: silent, every: 5, signal: stop.signal }),
    ).rejects.toThrow(Interrupted);
    await runStage(toyStage(device), { directory: broken, report: silent, every: 5 });

    const checkpoint = 'toy.checkpoint.safetensors';
    expect(await bitsOf(join(broken, checkpoint))).toBe(await bitsOf(join(whole, checkpoint)));
    expect(await losses(broken)).toEqual(await losses(whole));
    expect(await losses(whole)).toHaveLength(23);
  });

  it('refuses a checkpoint of another recipe', async () => {
    const device = await openDevice('simd');
    const directory = await mkdtemp(join(tmpdir(), 'stage-'));
    await runStage(toyStage(device), { directory, report: silent });
    await expect(runStage({ ...toyStage(device), recipe: { seed: 4 } }, { directory, report: silent })).rejects.toThrow(
      'another recipe',
    );
  });
});
