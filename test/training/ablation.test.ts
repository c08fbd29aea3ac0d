import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { gatesFigure } from '../../scripts/ablations/gates.ts';
import { ablationsPage } from '../../scripts/ablations/page.ts';
import { Team, teamMemory } from '../../src/parallel/team.ts';
import { type Device, openDevice, Random, tensor } from '../../src/tensor/index.ts';
import {
  ABLATION_RECIPE,
  type AblationResult,
  gatesThrough,
  RESULTS_FILE,
  readResults,
} from '../../src/training/ablation/ablate.ts';
import { AblationReplica } from '../../src/training/ablation/ablation-stage.ts';
import { ABLATION_ROWS, type AblationRow } from '../../src/training/ablation/rows.ts';
import { variantModel } from '../../src/training/ablation/variant.ts';
import { Episodes } from '../../src/training/data/index.ts';
import type { Metrics } from '../../src/training/report.ts';
import { stageMemory, Trainer } from '../../src/training/trainer.ts';
import { facts, tokenizer } from './data/fixtures.ts';
import { bank, cache, smallFlamingo, valuesOf } from './small-bridge.ts';

const { pad } = tokenizer.special;
const small = smallFlamingo(4);
const config = { ...small, crossAttention: { ...small.crossAttention, placement: 'open-flamingo' as const } };

let device: Device;
beforeAll(async () => {
  device = await openDevice('simd');
});

/** Two steps of a row: the paths of what changed, and the log. */
async function twoSteps(name: string): Promise<{ changed: string[]; lines: Metrics[] }> {
  const row = ABLATION_ROWS[name] as AblationRow;
  const model = variantModel({ device, random: new Random(5) }, config, row, null);
  const before = await valuesOf(model);
  const recipe = { ...ABLATION_RECIPE, steps: 2, batch: 2, row: name, from: '' };
  const episodes = new Episodes(bank, facts, 2);
  const trainer = new Trainer(new AblationReplica(model, row, episodes, pad, cache, recipe));
  const shapes = trainer.initial().map(({ name: path, shape }) => [path, shape] as const);
  trainer.connect(stageMemory(shapes, []), new Team(teamMemory(), 0, 1));
  trainer.begin();
  const lines: Metrics[] = [];
  trainer.steps(0, 2, (metrics) => lines.push(metrics));
  const after = await valuesOf(model);
  const changed = [...after].filter(([path, now]) => now.some((value, i) => value !== before.get(path)?.[i]));
  model.dispose();
  return { changed: changed.map(([path]) => path), lines };
}

const some = (paths: readonly string[], pattern: RegExp): boolean => paths.some((path) => pattern.test(path));

describe('rows of the ablation', () => {
  it.each(Object.entries(ABLATION_ROWS))('%s trains what it should, and nothing else', async (name, row) => {
    const { changed, lines } = await twoSteps(name);
    expect(lines.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(some(changed, /^resampler\./)).toBe(true);
    expect(some(changed, /^languageModel\.layers\./)).toBe(row.languageModel !== undefined);
    expect(some(changed, /Gate$/)).toBe(row.gates !== 'none');
    expect(some(changed, /denseGate$|feedForward\.up/)).toBe(row.dense !== false);
    const blocks = new Set(changed.flatMap((path) => /^crossAttention\.(\d+)/.exec(path)?.[1] ?? []));
    const wanted = row.blocks === 'middle' ? ['2'] : row.blocks === 2 ? ['1', '3'] : ['0', '1', '2', '3'];
    expect([...blocks].sort()).toEqual(wanted);
  });

  it('without gates adds what the blocks say as it is', () => {
    const init = { device, random: new Random(5) };
    const model = variantModel(init, config, ABLATION_ROWS['no-gating'] as AblationRow, null);
    expect(model.crossAttention[0]?.attentionGate.tanh().dataSync()[0]).toBe(1);
  });

  it.each(['mlp-resampler', 'transformer-resampler'])('%s reads every visual token', (name) => {
    const model = variantModel({ device, random: new Random(5) }, config, ABLATION_ROWS[name] as AblationRow, null);
    const features = new Float32Array(64);
    const out = (): Float32Array =>
      Float32Array.from(model.resample(tensor(device, features, [1, 1, 1, 4, 16])).dataSync() as Float32Array);
    const before = out();
    for (const at of [0, 63]) {
      features[at] = 1;
      expect(out()).not.toEqual(before);
      features[at] = 0;
    }
    expect(before.length).toBe(16 * (model.resampler.latents.shape[0] as number));
  });
});

describe('the page of results', () => {
  const scores = { naming: { value: 0.5, low: 0.4, high: 0.6, chance: 0.01 } };
  const gates = [0, 1].map((step) => ({ step, 'gate.0.attention': -0.1 * step, 'gate.0.dense': 0.3 * step }));
  const result: AblationResult = {
    ...{ row: 'baseline', seed: 1, steps: 20, batch: 4, n: 30, from: '', scores, overall: 0.5 },
    ...{ text: { before: 1, after: 1 }, gates, minutes: 1, machine: 'two cores' },
  };
  const worse = { ...result, row: 'no-gating', overall: 0.25, text: { before: 1, after: 1.5 } };

  it('says how short the runs are, what was not run, and where the gates are', () => {
    const page = ablationsPage([result, worse], 'en');
    expect(page).toContain('20 steps of 4 sequences');
    expect(page).toMatch(/\| `no-gating`: without tanh gating \| 1 \| 25\.0 \| −25\.0 \| 50 \[33, 67\]/);
    expect(page).toMatch(/\+0\.50 \| 66\.5 \| −4\.2 \|/);
    expect(page).toMatch(/Not run yet\*\*: .*`round-robin`/);
    expect(page).not.toMatch(/Not run yet\*\*: .*`no-gating`/);
    expect(page).toContain('layer 0 0.10 and 0.30');
    expect(page).toContain('All have left 0 here too; they grow with depth.');
    expect(ablationsPage([result], 'ko')).toContain('4개씩 20스텝');
    expect(gatesFigure([result], 'ko')).toContain('>0번 층<');
    expect(gatesFigure([result], 'en').match(/<path d="M40.0 190.0L/g)).toHaveLength(1);
  });

  it('says which gates are still closed, and whether they grow with depth', () => {
    const closed = gates.map((line) => ({ ...line, 'gate.1.attention': 0.04, 'gate.1.dense': -0.01 }));
    expect(ablationsPage([{ ...result, gates: closed }], 'en')).toContain(
      'Near 0 still: layer 1; they do not grow with depth throughout.',
    );
  });

  it('refuses results of runs that differ in length', () => {
    expect(() => ablationsPage([result, { ...worse, steps: 30 }], 'en')).toThrow(/--steps 20 .* and of --steps 30/);
  });

  it('calls an order a result only where seeds lie apart', () => {
    const seeds = (row: AblationResult, overall: readonly number[]): AblationResult[] =>
      overall.map((value, seed) => ({ ...row, seed, overall: value }));
    expect(ablationsPage([result, worse], 'en')).toMatch(/order here: 1\. \*\*This is not a result yet/);
    const apart = [...seeds(result, [0.5, 0.6]), ...seeds(worse, [0.2, 0.4])];
    expect(ablationsPage(apart, 'en')).toMatch(/lie apart: 1; in the paper's order: 1\./);
    const overlapping = [...seeds(result, [0.3, 0.6]), ...seeds(worse, [0.2, 0.4])];
    expect(ablationsPage(overlapping, 'en')).toContain('**This is not a result yet**');
  });
});

it('keeps the gates of some twenty steps, the last one among them', () => {
  const steps = (count: number): number[] =>
    gatesThrough(Array.from({ length: count }, (_, step) => ({ step, loss: 1, 'gate.0.dense': 0.123456 }))).map(
      ({ step }) => step as number,
    );
  expect(steps(3)).toEqual([0, 1, 2]);
  expect(steps(60).slice(-2)).toEqual([56, 59]);
  expect(steps(200)).toHaveLength(20);
});

it('reads what was measured, and names results that are damaged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ablation-'));
  const path = join(folder, RESULTS_FILE);
  expect(await readResults(folder)).toEqual([]);
  for (const text of ['{"x', '{}', '[null]', '[{"row": "baseline", "seed": 1}]']) {
    await writeFile(path, text);
    await expect(readResults(folder)).rejects.toThrow(`${path} is damaged; remove it`);
  }
  await rm(path);
  await mkdir(path);
  await expect(readResults(folder)).rejects.toThrow(`${path} is a folder`);
  await rm(folder, { recursive: true });
});
