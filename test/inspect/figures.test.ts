import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  attentionHeads,
  contributionMap,
  crossAttentionMap,
  gateBars,
  gateContributions,
  gateLines,
  gatesThroughTraining,
  gateValues,
  histogram,
  histogramPanels,
  imageRibbon,
  type Language,
  logitLens,
  logitLensTable,
  modelFigure,
  reliabilityDiagram,
  resamplerAttentionMap,
  selfAttentionMap,
  tokenRibbon,
  topChangeDots,
  topChanges,
  visionAttentionMap,
} from '../../src/inspect/index.ts';
import { PAPER_MODELS } from '../../src/zoo/paper-models.ts';
import { countParameters } from '../../src/zoo/parameter-count.ts';
import { grid, head, lastNumber, number, panels, type Shape, scale, shapes, texts } from './read-svg.ts';
import { at, recorded, shippedRun } from './support.ts';

const { model, run, tokens } = await shippedRun();
const n = tokens.length;
const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const image = indices(n).map((i) => tokens.slice(0, i + 1).filter((token) => token === '<image>').length - 1);
const only = (svg: string): Element => panels(svg)[0] as Element;

/** Half a hundredth of a pixel on each end, as an extent of a scale. */
const PIXEL = 0.011;

/** A cell shows a number: its colour by its sign, its strength by its share of the largest. */
function expectCell(cell: Shape | undefined, value: number, largest: number): void {
  expect(cell?.fill).toBe(`var(--${value < 0 ? 'negative' : 'heat'})`);
  expect(cell?.opacity).toBeCloseTo(Math.abs(value) / largest, 4);
}

describe('gate bars', () => {
  it.each(['en', 'ko'] as const)(
    'end at tanh(alpha), on its own side of 0, in the row of its layer (%s)',
    async (lang) => {
      const panel = only(await gateBars(gateValues(run), { lang }));
      const value = scale(panel, 'x');
      const bars = shapes(panel, 'g[aria-label="bar"] rect').sort((a, b) => a.y - b.y);
      const labels = texts(panel).sort((a, b) => a.y - b.y);
      const rows = texts(panel, 'fy-axis tick label').sort((a, b) => a.y - b.y);
      expect(rows.map(({ text }) => text)).toEqual(
        indices(4).map((layer) => (lang === 'en' ? `layer ${layer}` : `${layer}번 층`)),
      );
      expect(bars).toHaveLength(8);
      indices(4).forEach((layer) => {
        ['attention', 'dense'].forEach((kind, k) => {
          const gate = at(run, `xattn.${layer}.gate.${kind}`, 0);
          const bar = bars[2 * layer + k] as Shape;
          const [zero, end] = gate < 0 ? [bar.x + bar.width, bar.x] : [bar.x, bar.x + bar.width];
          expect(Math.abs(value(zero))).toBeLessThan(PIXEL / 100);
          expect(Math.abs(value(end) - gate)).toBeLessThan(PIXEL / 100);
          expect(bar.fill).toBe(`var(--${kind})`);
          expect(number(labels[2 * layer + k]?.text ?? '')).toBeCloseTo(gate, 3);
          expect(lastNumber(bar.title)).toBeCloseTo(gate, 3);
        });
      });
    },
  );

  it('mark what was trained on what was changed', async () => {
    const changed = await model.run(
      { sequence: [{ text: 'name :' }] },
      { capture: ['xattn.*.gate.*'], edit: [{ at: 'xattn.3.gate.dense', set: 0.5 }] },
    );
    const panel = only(await gateBars(gateValues(changed), { trained: gateValues(run) }));
    const value = scale(panel, 'x');
    const [bars, ticks] = ['g[aria-label="bar"] rect', 'g[aria-label="tick"] line'].map((kind) => shapes(panel, kind));
    expect(ticks).toHaveLength(8);
    const last = bars?.at(-1) as Shape;
    expect(value(last.x + last.width)).toBeCloseTo(0.5, 3);
    const line = Array.from(panel.querySelectorAll('g[aria-label="tick"] line')).at(-1);
    expect(value(Number(line?.getAttribute('x1')))).toBeCloseTo(at(run, 'xattn.3.gate.dense', 0), 3);
  });
});

it('gates through training are drawn as logged, a line a layer, a panel a kind', async () => {
  const log = await readFile(new URL('../../weights/training-log.jsonl', import.meta.url), 'utf8');
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number>);
  const drawn = panels(await gateLines(gatesThroughTraining(log)));
  expect(drawn).toHaveLength(2);
  ['attention', 'dense'].forEach((kind, k) => {
    const panel = drawn[k] as Element;
    expect(panel.querySelector('text')?.textContent).toBe(kind);
    const [x, y] = [scale(panel, 'x'), scale(panel, 'y')];
    const paths = Array.from(panel.querySelectorAll('g[aria-label="line"] path'));
    expect(paths).toHaveLength(4);
    paths.forEach((path, layer) => {
      expect(path.parentElement?.getAttribute('stroke')).toBe(`var(--series${layer})`);
      const points = (path.getAttribute('d') ?? '')
        .slice(1)
        .split('L')
        .map((point) => point.split(',').map(Number));
      const ends = points.map(([px, py]) => [x(px as number), y(py as number)] as const);
      let at = 1;
      for (const line of lines) {
        while ((ends[at]?.[0] as number) < (line.step as number) - 0.1) at++;
        const [[x0, y0], [x1, y1]] = ends.slice(at - 1) as [readonly [number, number], readonly [number, number]];
        const height = y0 + (((line.step as number) - x0) / (x1 - x0)) * (y1 - y0);
        expect(Math.abs(height - (line[`gate.${layer}.${kind}`] as number))).toBeLessThan(2e-3);
      }
    });
  });
});

it('gates through training keep their signs where the log has them', async () => {
  const log = [0, 1, 2].map((step) =>
    JSON.stringify({ step, 'gate.0.attention': step / 10, 'gate.0.dense': -(step ** 2) / 8 }),
  );
  const drawn = await gateLines(gatesThroughTraining(log.join('\n')));
  expect(drawn).toContain('sign kept');
  const panel = panels(drawn)[1] as Element;
  const y = scale(panel, 'y');
  const points = (panel.querySelector('g[aria-label="line"] path')?.getAttribute('d') ?? '').slice(1).split('L');
  expect(points.map((point) => y(Number(point.split(',')[1])))).toEqual(
    [0, -0.125, -0.5].map((value) => expect.closeTo(value, 3)),
  );
});

describe('the contribution map', () => {
  it('holds every ratio with its sign, and hatches what sees no image', async () => {
    const contributions = gateContributions(run);
    const panel = only(await contributionMap(contributions, tokens));
    const cells = grid(shapes(panel, 'g[aria-label="cell"] rect'));
    const written = texts(panel);
    const all = contributions.flatMap(({ attention, dense }) => [...attention, ...dense]).map((x) => Math.abs(x ?? 0));
    const largest = Math.max(...all);
    expect(cells.map((row) => row.length)).toEqual(indices(n).map(() => 8));
    const legend = [`−${largest.toFixed(2)}`, '0', `+${largest.toFixed(2)}`, 'sees no image'];
    expect(head(await contributionMap(contributions, tokens)).slice(-4)).toEqual(legend);
    contributions.forEach(({ layer, attention, dense }) => {
      indices(n).forEach((token) => {
        [attention[token] ?? null, dense[token] as number].forEach((value, k) => {
          const cell = cells[token]?.[2 * layer + k] as Shape;
          if (value === null) {
            expect(cell.fill).toBe('url(#glass-hatched)');
            return;
          }
          expectCell(cell, value, largest);
          expect(lastNumber(cell.title)).toBeCloseTo(value, 4);
          expect(cell.title).toContain(`layer ${layer}, ${k === 0 ? 'attention' : 'dense'}`);
          const inside = written.find(
            ({ x, y }) => x > cell.x && x < cell.x + cell.width && y > cell.y && y < cell.y + cell.height,
          );
          expect(number(inside?.text ?? '')).toBeCloseTo(value, 2);
        });
      });
    });
  });

  it('draws what is not finite neither as 0 nor as hidden', async () => {
    const gates = { layer: 0, attention: 1, dense: 1 };
    const view = [{ layer: 0, gates, attention: [0, null], dense: [Number.NaN, 2] }];
    const cells = grid(shapes(only(await contributionMap(view, ['a', 'b'])), 'g[aria-label="cell"] rect'));
    expect(cells.map((row) => row.map(({ fill, opacity }) => [fill, opacity]))).toEqual([
      [
        ['var(--heat)', 0],
        ['var(--paper)', 1],
      ],
      [
        ['url(#glass-hatched)', 1],
        ['var(--heat)', 1],
      ],
    ]);
  });
});

describe('attention heads', () => {
  const maps = {
    cross: crossAttentionMap(run, 3),
    self: selfAttentionMap(run, 2),
    resampler: resamplerAttentionMap(run, 1, 2),
  };

  it.each(['cross', 'self', 'resampler'] as const)('show every weight of every head: %s', async (kind) => {
    const map = maps[kind];
    const drawn = panels(await attentionHeads(map, { tokens }));
    expect(drawn.map((panel) => panel.querySelector('text')?.textContent)).toEqual(
      indices(4).map((head) => `head ${head}`),
    );
    const largest = Math.max(...run.get(map.name).data);
    const weight = (head: number, query: number, key: number): number =>
      kind === 'resampler' ? at(run, map.name, 0, head, 2, query, key) : at(run, map.name, 0, head, query, key);
    const seen = (query: number, key: number): boolean =>
      kind === 'resampler' || (kind === 'self' ? key <= query : Math.floor(key / 8) === image[query]);
    const shown = kind === 'resampler' ? Math.max(...map.heads.flat(2).map((x) => x ?? 0)) : largest;
    expect(head(await attentionHeads(map, { tokens }))).toContain(shown.toFixed(2));
    drawn.forEach((panel, head) => {
      const cells = grid(shapes(panel, 'g[aria-label="cell"] rect'));
      expect(cells).toHaveLength(kind === 'resampler' ? 8 : n);
      cells.forEach((row, query) => {
        expect(row).toHaveLength(map.keys.length);
        row.forEach((cell, key) => {
          if (seen(query, key)) {
            expectCell(cell, weight(head, query, key), shown);
            expect(lastNumber(cell.title)).toBeCloseTo(weight(head, query, key), 4);
          } else expect(cell.fill).toBe('url(#glass-hatched)');
        });
      });
    });
  });

  it('name what looks at what', async () => {
    const titles = (svg: string): string[] => shapes(only(svg), 'g[aria-label="cell"] rect').map(({ title }) => title);
    const cross = titles(await attentionHeads(maps.cross, { tokens }));
    expect(cross.some((title) => title.startsWith('17 : → image 2, latent 4: '))).toBe(true);
    const resampler = titles(await attentionHeads(maps.resampler, { lang: 'ko' }));
    expect(resampler[16]).toMatch(/^잠재 벡터 0 → 잠재 벡터 0: /);
    expect(resampler[3]).toMatch(/^잠재 벡터 0 → 패치 3: /);
    const vision = await attentionHeads(visionAttentionMap(run, 1, 2), {});
    expect(vision).toContain('Vision encoder, layer 1, image 2');
    expect(titles(vision)[18]).toMatch(/^patch 0 → patch 0: /);
    expect(titles(vision)[17]).toMatch(/^patch 0 → class token: /);
    const step = selfAttentionMap(
      recorded({
        'lm.layers.0.attention.weights': [
          [1, 1, 1, 3],
          [0.5, 0, 0.5],
        ],
      }),
      0,
    );
    expect(titles(await attentionHeads(step, { tokens: ['a', 'b', 'c'] }))[1]).toBe('2 c → 1 b: 0.0000');
  });
});

it('the ribbon colours each token by its latest image, marks all so far and frames what the mask shows', async () => {
  const panel = only(await tokenRibbon(imageRibbon(run), tokens));
  const [boxes, marks] = Array.from(panel.querySelectorAll('g[aria-label="rect"]'), (group) => shapes(group, 'rect'));
  const [words, numbers] = [texts(panel).slice(0, n), texts(panel).slice(n)];
  expect(boxes?.map(({ fill }) => fill)).toEqual(
    image.map((i) => (i < 0 ? 'url(#glass-hatched)' : `var(--series${i})`)),
  );
  expect(words.map(({ text }) => text)).toEqual(tokens.map((token) => token.replace('▁', '')));
  expect(numbers.map(({ text }) => Number(text))).toEqual(image.filter((i) => i >= 0));
  expect(marks).toHaveLength(3 * n);
  marks?.forEach(({ fill, opacity, stroke }, i) => {
    const [token, medium] = [Math.floor(i / 3), i % 3];
    expect(fill).toBe(`var(--series${medium})`);
    expect(opacity).toBe(medium <= (image[token] as number) ? 1 : 0);
    const allowed = at(run, 'mask.allowed', 0, token, medium) > 0;
    expect(stroke).toBe(`var(--${allowed ? 'ink' : 'line'})`);
  });
});

it('the logit lens writes the likeliest token of each layer with its probability', async () => {
  const panel = only(await logitLensTable(await logitLens(model, run), tokens));
  const { temperature = 1 } = model.config;
  const cells = grid(shapes(panel, 'g[aria-label="cell"] rect'));
  expect(cells.map((row) => row.length)).toEqual(indices(n).map(() => 4));
  const written = texts(panel);
  indices(n).forEach((position) => {
    const logits = Array.from(run.get('logits').data.subarray(position * 1536, (position + 1) * 1536));
    const best = logits.indexOf(Math.max(...logits));
    const probability =
      1 / logits.reduce((sum, logit) => sum + Math.exp((logit - (logits[best] as number)) / temperature), 0);
    const cell = cells[position]?.[3] as Shape;
    expectCell(cell, probability, 1);
    const inside = written.find(
      ({ x, y }) => x > cell.x && x < cell.x + cell.width && y > cell.y && y < cell.y + cell.height,
    );
    const [, token, share] = /^(.+) ([\d.]+%)$/.exec(inside?.text ?? '') ?? [];
    expect(token).toBe(model.tokenizer.token(best).replace('▁', '') || '␣');
    expect(number(share ?? '')).toBeCloseTo(probability, 3);
  });
});

it('changes of the next token stand at both probabilities', async () => {
  const other = (await shippedRun(2)).run;
  const changes = topChanges(run, other, model);
  const panel = only(await topChangeDots(changes));
  const value = scale(panel, 'x');
  const dots = shapes(panel, 'g[aria-label="dot"] circle');
  const [before, after] = [dots.slice(0, changes.length), dots.slice(changes.length)];
  const rows = texts(panel, 'y-axis tick label').sort((a, b) => a.y - b.y);
  expect(before?.[0]?.fill).toBe('var(--paper)');
  expect(after?.[0]?.fill).toBe('var(--attention)');
  const chance = (of: typeof run, id: number): number => {
    const logits = Array.from(of.get('logits').data.slice(-1536), (x) => x / (model.config.temperature as number));
    return 1 / logits.reduce((sum, logit) => sum + Math.exp(logit - (logits[id] as number)), 0);
  };
  changes.forEach(({ id, token }, i) => {
    expect(value(before?.[i]?.x as number)).toBeCloseTo(chance(run, id), 3);
    expect(value(after?.[i]?.x as number)).toBeCloseTo(chance(other, id), 3);
    expect(rows[i]?.text).toBe(token.replace('▁', ''));
  });
  const heights = before?.map(({ y }) => y) ?? [];
  expect(heights).toEqual([...heights].sort((a, b) => a - b));
});

it('histograms have a bar for each bin, as high as its count and as wide as its edges', async () => {
  const weights = model.flamingo.resampler.latents;
  const view = histogram(
    'resampler.latents',
    { shape: weights.shape, data: (await weights.data()) as Float32Array },
    12,
  );
  const panel = only(await histogramPanels([view]));
  const [x, y] = [scale(panel, 'x'), scale(panel, 'y')];
  const bars = shapes(panel, 'g[aria-label="rect"] rect');
  const data = Array.from(await weights.data());
  const [low, width] = [Math.min(...data), (Math.max(...data) - Math.min(...data)) / 12];
  expect(bars).toHaveLength(12);
  bars.forEach((bar, i) => {
    const count = data.filter((v) => Math.min(11, Math.floor((v - low) / width)) === i).length;
    expect(Math.abs(y(bar.y) - y(bar.y + bar.height) - count)).toBeLessThan(0.3);
    expect(lastNumber(bar.title)).toBe(count);
    expect(Math.abs(x(bar.x) - (low + i * width))).toBeLessThan(width / 10);
  });
});

describe('every figure', () => {
  const all = async (lang: Language): Promise<string[]> => [
    await gateBars(gateValues(run), { lang }),
    await contributionMap(gateContributions(run), tokens, { lang }),
    await attentionHeads(crossAttentionMap(run, 1), { lang, tokens }),
    await tokenRibbon(imageRibbon(run), tokens, { lang }),
    await logitLensTable(await logitLens(model, run, { positions: [17] }), tokens, { lang }),
    await topChangeDots(topChanges(run, run, model), { lang }),
  ];

  it('is the same text for the same run, and in Korean where that is asked', async () => {
    const [english, again, korean] = [await all('en'), await all('en'), await all('ko')];
    expect(again).toEqual(english);
    const title = (svg: string): string => /<title>(.*?)<\/title>/.exec(svg)?.[1] ?? '';
    for (const [i, svg] of english.entries()) {
      expect(title(svg)).not.toMatch(/[가-힣]/);
      expect(title(korean[i] as string)).toMatch(/[가-힣]/);
    }
  });

  it('stands alone, follows light and dark, and refers to nothing outside', async () => {
    for (const svg of await all('en')) {
      expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      expect(svg).toContain('@media (prefers-color-scheme:dark)');
      expect(svg.match(/https?:\/\/[^"]+/g)).toEqual(['http://www.w3.org/2000/svg']);
      expect(svg).not.toMatch(/NaN|undefined|<script/);
    }
  });
});

it('the reliability diagram shows what was right at what was shown, each bin with its count, and no empty bin', async () => {
  const before = [{ count: 9, probability: 0.75, right: 0.5 }];
  const after = [
    { count: 36, probability: 0.5, right: 0.25 },
    { count: 0, probability: 0, right: 0 },
  ];
  const panel = only(await reliabilityDiagram([{ title: 'names', before, after }]));
  const [x, y] = [scale(panel, 'x'), scale(panel, 'y')];
  const dots = shapes(panel, 'g[aria-label="dot"] circle');
  expect(dots.map(({ title }) => title)).toEqual(['before: 75.0% → 50.0% (9)', 'after: 50.0% → 25.0% (36)']);
  expect(dots.map((dot) => [x(dot.x), y(dot.y)].map((value) => value.toFixed(2)))).toEqual([
    ['0.75', '0.50'],
    ['0.50', '0.25'],
  ]);
  expect(panel.innerHTML.match(/dasharray="4 3"|fill-opacity="0"/g)).toEqual(['dasharray="4 3"', 'fill-opacity="0"']);
});

it('the whole model is drawn with its shapes, its layers and the parameters of each part', () => {
  const { config } = model;
  const counts = countParameters(config.model);
  for (const lang of ['en', 'ko'] as const) {
    const svg = modelFigure(config.model, { lang });
    for (const count of [
      counts.vision,
      counts.resampler,
      counts.crossAttention / 4,
      counts.languageModel,
      counts.total,
    ])
      expect(svg).toContain(count.toLocaleString('en'));
    for (const shape of ['[3, 32, 32]', '[16, 128]', '[8, 128]', '[T, 128]']) expect(svg).toContain(shape);
    for (const layer of [0, 3]) expect(svg).toContain(lang === 'en' ? `layer ${layer}<` : `${layer}번 층<`);
  }
  const large = modelFigure(PAPER_MODELS['flamingo-80b'].config);
  expect(large).toContain('visual tokens from outside');
  expect(large).toMatch(/… \d+ more layers/);
});
