import { beforeAll, describe, expect, it } from 'vitest';
import { Flamingo } from '../../src/flamingo/flamingo.ts';
import { TextClassifier } from '../../src/model/text-tower.ts';
import { Team, teamMemory } from '../../src/parallel/team.ts';
import { type Device, openDevice, Random, type Tensor, tensor } from '../../src/tensor/index.ts';
import { TEMPERATURES } from '../../src/training/confidence.ts';
import { Episodes, EvaluationEpisodes, type TrainingData } from '../../src/training/data/index.ts';
import { evaluate, fitTemperature, scorer } from '../../src/training/evaluate.ts';
import {
  CARD_ROWS,
  EVALUATION_ROWS,
  type Row,
  type RowSpec,
  TEMPERATURE_ROWS,
  wilson,
} from '../../src/training/evaluation-rows.ts';
import { FLAMINGO_RECIPE, FlamingoReplica } from '../../src/training/flamingo-stage.ts';
import type { Metrics, Report } from '../../src/training/report.ts';
import { stageMemory, Trainer } from '../../src/training/trainer.ts';
import { facts, tokenizer } from './data/fixtures.ts';
import { bank, cache, smallFlamingo, valuesOf } from './small-bridge.ts';

const silent: Report = { say: () => {}, begin: () => {}, step: () => {}, end: () => {} };
const { image, eoc } = tokenizer.special;
const config = smallFlamingo(2);

let device: Device;
beforeAll(async () => {
  device = await openDevice('simd');
});

const newModel = (): Flamingo => new Flamingo({ device, random: new Random(5) }, config);

describe('FlamingoReplica', () => {
  it('changes the resampler, the gated blocks and two embedding rows, and nothing else', async () => {
    const model = newModel();
    const before = await valuesOf(model);
    const recipe = { ...FLAMINGO_RECIPE, steps: 2, batch: 4 };
    const { pad } = tokenizer.special;
    const trainer = new Trainer(new FlamingoReplica(model, new Episodes(bank, facts, 2), pad, cache, recipe));
    trainer.connect(
      stageMemory(
        trainer.initial().map(({ name, shape }) => [name, shape]),
        [],
      ),
      new Team(teamMemory(), 0, 1),
    );
    trainer.begin();
    const lines: Metrics[] = [];
    trainer.steps(0, 2, (metrics) => lines.push(metrics));
    const after = await valuesOf(model);
    const changed = [...after]
      .filter(([name, values]) => values.some((value, i) => value !== before.get(name)?.[i]))
      .map(([name]) => name);
    expect(changed).toContain('resampler.latents');
    expect(changed).toContain('crossAttention.1.denseGate');
    expect(changed.filter((name) => !/^(resampler|crossAttention)\./.test(name))).toEqual([
      'languageModel.embedding.weight',
    ]);
    const [table, was] = [after, before].map(
      (values) => values.get('languageModel.embedding.weight') as Float32Array,
    ) as [Float32Array, Float32Array];
    const rows = new Set(
      Array.from(table.keys())
        .filter((i) => table[i] !== was[i])
        .map((i) => Math.floor(i / 16)),
    );
    expect([...rows].sort((a, b) => a - b)).toEqual([eoc, image].sort((a, b) => a - b));
    const alpha = after.get('crossAttention.1.denseGate')?.[0] as number;
    expect(lines[1]?.['gate.1.dense']).toBeCloseTo(Math.tanh(alpha), 6);
    expect(alpha).not.toBe(0);
  });
});

describe('evaluate', () => {
  const pixels = (concept: string): Float32Array => {
    const random = new Random(2).fork(concept);
    return Float32Array.from({ length: 3 * 64 }, () => random.normal());
  };
  const pictures = { styles: facts.styles, render: pixels };
  const data = { bank, tokenizer, pictures } as unknown as TrainingData;

  it('scores rows on the same episodes together, and puts the gates back after closing them', async () => {
    const model = newModel();
    const gate = model.crossAttention[0]?.attentionGate;
    gate?.assign(gate.add(0.5));
    const wanted = EVALUATION_ROWS.filter(
      (row) => row.task === 'binding' && row.concepts === 'novel' && row.style === 'seen' && row.ways === 2,
    );
    const control = EVALUATION_ROWS.filter((row) => row.control === 'gates 0' && row.task === 'binding').map((row) => ({
      ...row,
      style: 'seen' as const,
    }));
    const live = device.liveTensors;
    const rows = await evaluate(scorer(model, data), { seed: 1, n: 9, report: silent, rows: [...wanted, ...control] });
    expect(device.liveTensors).toBeLessThanOrEqual(live);
    expect(rows.map(({ measure, control, n, chance }) => ({ measure, control, n, chance }))).toEqual([
      { measure: 'rank', control: null, n: 9, chance: 0.5 },
      { measure: 'greedy', control: null, n: 9, chance: 0.5 },
      { measure: 'rank', control: 'gates 0', n: 9, chance: 0.5 },
    ]);
    // Every concept looks the same wherever it is seen: its nearest neighbour is always itself.
    expect(rows[0]?.baselines).toEqual({ pixels: 1, features: 1 });
    expect(rows[2]?.baselines).toEqual({ pixels: null, features: null });
    expect(await gate?.item()).toBe(0.5);
  });

  it('gives the same figures for the same seed', async () => {
    const model = newModel();
    const rows = EVALUATION_ROWS.filter((row) => row.task === 'induction' && row.style === 'seen');
    const run = (seed: number) => evaluate(scorer(model, data), { seed, n: 6, report: silent, rows });
    expect(await run(3)).toEqual(await run(3));
  });
});

describe('evaluate with RICES', () => {
  it('scores the shots that it chose, in the form of the row without it', async () => {
    const pixels = (concept: string): Float32Array => {
      const random = new Random(2).fork(concept);
      return Float32Array.from({ length: 3 * 64 }, () => random.normal());
    };
    const data = { bank, tokenizer, pictures: { styles: facts.styles, render: pixels } } as unknown as TrainingData;
    const model = newModel();
    const live = device.liveTensors;
    const row = EVALUATION_ROWS.find(({ task, shots }) => task === 'induction' && shots === 1) as RowSpec;
    const rows = [row, { ...row, support: 6 }, { ...row, measure: 'rank' as const, support: 6 }];
    const found = await evaluate(scorer(model, data), { seed: 1, n: 9, report: silent, rows });
    expect(device.liveTensors).toBeLessThanOrEqual(live);
    expect(found.map(({ n, chance, support }) => [n, chance, support])).toEqual([
      [9, 0.25, undefined],
      [9, 0.25, 6],
      [9, 0.25, 6],
    ]);
  });
});

describe('evaluate beside the language model', () => {
  const pixels = (concept: string): Float32Array => {
    const random = new Random(2).fork(concept);
    return Float32Array.from({ length: 3 * 64 }, () => random.normal());
  };
  const pictures = { styles: facts.styles, drawings: () => ['tabler'], render: pixels };
  const data = { bank, tokenizer, pictures } as unknown as TrainingData;

  it('asks the text tower about the pictures that Flamingo names', async () => {
    const model = newModel();
    const tower = new TextClassifier({ device, random: new Random(9) }, tokenizer.size, 4, 8);
    const rows = EVALUATION_ROWS.filter(
      ({ task, language, style, shots, control }) =>
        [task, language, style, shots, control].join() === 'naming,en,seen,0,',
    );
    expect(rows.map(({ measure }) => measure)).toEqual(['greedy', 'text tower']);
    const [, row] = await evaluate(scorer(model, data, tower), { seed: 1, n: 30, report: silent, rows });
    const source = new EvaluationEpisodes(bank, facts);
    let right = 0;
    for (let seed = 1; seed <= 3; seed++) {
      for (let i = 0; i < 10; i++) {
        const episode = source.episode({ ...(row as Row), control: null }, new Random(seed).fork('evaluation'), i);
        const view = tensor(device, pixels(episode.images[0]?.concept ?? ''), [1, 3, 8, 8]);
        const features = model.vision?.forward(view).features as Tensor;
        const scores = episode.candidates.map((text) => {
          const ids = Int32Array.from(tokenizer.encode(text));
          return tower
            .forward(features, tensor(device, ids, [1, ids.length]), tokenizer.special.pad)
            .dataSync()[0] as number;
        });
        if (scores.indexOf(Math.max(...scores)) === episode.answer) right++;
      }
    }
    expect(row?.value).toBeCloseTo(right / 30, 6);
    expect(row?.confidence).toBeUndefined();
  });

  it('says what is missing when there is no text tower', async () => {
    const rows = EVALUATION_ROWS.filter(({ measure, style }) => measure === 'text tower' && style === 'seen');
    const run = evaluate(scorer(newModel(), data), { seed: 1, n: 3, report: silent, rows });
    await expect(run).rejects.toThrow('needs a text tower');
  });

  it("fits the temperature on rows that are not the card's, and on no picture in the held style", async () => {
    const shown: string[] = [];
    const render = (concept: string, style: string): Float32Array => {
      shown.push(style);
      return pixels(concept);
    };
    const watching = { ...pictures, render };
    const watched = { ...data, pictures: watching } as unknown as TrainingData;
    const temperature = await fitTemperature(scorer(newModel(), watched), { seed: 1, n: 9, report: silent });
    expect(TEMPERATURES).toContain(temperature);
    expect(new Set(shown)).toEqual(new Set(['twemoji', 'tabler']));
    const card = new Set(CARD_ROWS.map(({ style }) => style));
    expect(TEMPERATURE_ROWS.filter(({ style }) => card.has(style))).toEqual([]);
  });
});

describe('wilson', () => {
  it('gives the interval of the textbook example', () => {
    const { low, high } = wilson(8, 10);
    expect(low).toBeCloseTo(0.4902, 4);
    expect(high).toBeCloseTo(0.9433, 4);
    for (const n of [1, 3, 6, 9, 10, 900]) {
      expect(wilson(0, n).low).toBe(0);
      expect(wilson(n, n).high).toBeLessThanOrEqual(1);
    }
  });
});
