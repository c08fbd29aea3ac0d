import { beforeAll, describe, expect, it } from 'vitest';
import { ablationsPage } from '../../scripts/ablations/page.ts';
import { Team, teamMemory } from '../../src/parallel/team.ts';
import { type Device, openDevice, Random, tensor } from '../../src/tensor/index.ts';
import { ABLATION_RECIPE, type AblationResult } from '../../src/training/ablation/ablate.ts';
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

it('writes a page of results that says how short they are', () => {
  const scores = { naming: { value: 0.5, low: 0.4, high: 0.6, chance: 0.01 } };
  const result: AblationResult = {
    ...{ row: 'baseline', seed: 1, steps: 20, batch: 4, n: 30, from: '', scores, overall: 0.5 },
    ...{ text: { before: 1, after: 1 }, gates: [], minutes: 1, machine: 'two cores' },
  };
  const page = ablationsPage(
    [result, { ...result, row: 'no-gating', overall: 0.25, text: { before: 1, after: 1.5 } }],
    'en',
  );
  expect(page).toContain('20 steps of 4 sequences');
  expect(page).toContain('| `no-gating`: without tanh gating | 25.0 | −25.0 |');
  expect(page).toMatch(/0\.50 \| 66\.5 \| −4\.2 \|/);
  expect(ablationsPage([result], 'ko')).toContain('4개씩 20스텝');
});
