/** docs/ablations-gates.en.svg and its Korean twin: the baseline's gates through training, beside the paper's Figure 6. */

import type { Language } from '../../src/cli/language.ts';
import { series } from '../../src/inspect/figures/theme.ts';
import type { AblationResult } from '../../src/training/ablation/ablate.ts';
import { BASELINE } from '../../src/training/ablation/rows.ts';
import { gridLine, pageFigure, text } from '../page-figure.ts';

const WORDS = {
  en: {
    title: '|tanh(alpha)| by step',
    kinds: { attention: 'attention', dense: 'dense' },
    layer: (layer: string): string => `layer ${layer}`,
  },
  ko: {
    title: '스텝마다 |tanh(alpha)|',
    kinds: { attention: '어텐션', dense: '피드포워드' },
    layer: (layer: string): string => `${layer}번 층`,
  },
} as const;

const [LEFT, TOP, WIDTH, HEIGHT] = [40, 30, 200, 160];

/** |tanh(alpha)| of each layer by step, attention on the left and dense on the right; the first seed of the baseline. */
export function gatesFigure(results: readonly AblationResult[], lang: Language): string {
  const words = WORDS[lang];
  const gates = results.find(({ row }) => row === BASELINE)?.gates ?? [];
  const layers = [...new Set(Object.keys(gates[0] ?? {}).flatMap((name) => /^gate\.(\d+)\./.exec(name)?.[1] ?? []))];
  const all = gates.flatMap((line) =>
    Object.entries(line).flatMap(([name, value]) => (name === 'step' ? [] : [Math.abs(value)])),
  );
  const most = Math.max(0.1, Math.ceil(10 * Math.max(0, ...all)) / 10);
  const last = Math.max(1, ...gates.map(({ step = 0 }) => step + 1));
  const panel = (kind: 'attention' | 'dense', left: number): string => {
    const at = (step: number, value: number): string =>
      `${(left + (WIDTH * step) / last).toFixed(1)} ${(TOP + HEIGHT * (1 - Math.abs(value) / most)).toFixed(1)}`;
    const curves = layers.map((layer, i) => {
      const points = gates.map((line) => `L${at((line.step ?? 0) + 1, line[`gate.${layer}.${kind}`] ?? 0)}`);
      return `<path d="M${at(0, 0)}${points.join('')}" fill="none" stroke="${series(i).colour}" stroke-width="2"/>`;
    });
    const grid = [0, most / 2, most].map((value) => gridLine(`M${left} ${at(0, value).split(' ')[1]}h${WIDTH}`));
    return [text(left + WIDTH / 2, TOP - 12, words.kinds[kind], 'middle'), ...grid, ...curves].join('');
  };
  const right = LEFT + WIDTH + 30;
  const axis = [0, most / 2, most].map((value) =>
    text(LEFT - 6, TOP + HEIGHT * (1 - value / most) + 4, value.toFixed(2), 'end'),
  );
  const steps = [LEFT, right].flatMap((left) => [
    text(left, TOP + HEIGHT + 16, '0', 'middle'),
    text(left + WIDTH, TOP + HEIGHT + 16, String(last), 'middle'),
  ]);
  const key = layers.flatMap((layer, i) => [
    `<path d="M${right + WIDTH + 20} ${TOP + 8 + 20 * i}h16" stroke="${series(i).colour}" stroke-width="3"/>`,
    text(right + WIDTH + 42, TOP + 12 + 20 * i, words.layer(layer), 'start'),
  ]);
  return pageFigure({ width: 580, height: 220, title: words.title }, [
    panel('attention', LEFT),
    panel('dense', right),
    ...axis,
    ...steps,
    ...key,
  ]);
}
