/** Figure 3 of the paper for one configuration: its parts, what flows between them, how large, and how many parameters. */

import { type FlamingoConfig, hasBlock } from '../../flamingo/architecture.ts';
import { patchGrid } from '../../flamingo/vision-encoder.ts';
import { requireOptions } from '../../tensor/index.ts';
import { countParameters } from '../../zoo/parameter-count.ts';
import type { FigureOptions } from './options.ts';
import { colour, FONT, styleSheet } from './theme.ts';
import { textWidth } from './words.ts';

const TEXTS = {
  en: {
    title: 'The whole model, with its shapes and parameters',
    picture: 'picture',
    vision: 'vision encoder',
    outside: 'visual tokens from outside',
    resampler: 'Perceiver Resampler',
    text: 'text, with <image> where a picture stands',
    embedding: 'token embedding',
    block: 'gated xattn-dense',
    layer: (i: number) => `language model, layer ${i}`,
    more: (count: number) => `… ${count} more layers`,
    head: 'final norm and head',
    whole: (count: string) => `the language model: ${count} parameters`,
    logits: 'logits: what comes next',
    frozen: 'frozen while the Flamingo is trained',
    trained: 'trained',
    latents: 'latents, the same for every block',
    parameters: (count: string) => `${count} parameters`,
    all: (count: string) => `${count} parameters in all`,
    each: (count: string) => `${count} a block`,
    layers: (layers: number, heads: number) => `${layers} layers, ${heads} heads`,
    gate: 'y + tanh(α) · out, twice: attention, dense',
    pixels: 'pixels',
    patches: 'patches',
    tokens: 'T tokens',
  },
  ko: {
    title: '모델 전체의 모양과 파라미터 수',
    picture: '그림',
    vision: '비전 인코더(vision encoder)',
    outside: '밖에서 오는 시각 토큰',
    resampler: '퍼시버 리샘플러(Perceiver Resampler)',
    text: '글, 그림 자리에는 <image>',
    embedding: '토큰 임베딩(embedding)',
    block: '게이트 크로스 어텐션(xattn-dense)',
    layer: (i: number) => `언어 모델, ${i}번 층`,
    more: (count: number) => `… 층 ${count}개 더`,
    head: '마지막 정규화와 출력층',
    whole: (count: string) => `언어 모델 전체: 파라미터 ${count}개`,
    logits: '로짓(logits): 다음에 올 토큰',
    frozen: 'Flamingo를 학습할 때 얼려 둔 부분',
    trained: '학습하는 부분',
    latents: '잠재 벡터(latent), 모든 블록에 같은 것',
    parameters: (count: string) => `파라미터 ${count}개`,
    all: (count: string) => `모두 파라미터 ${count}개`,
    each: (count: string) => `블록마다 ${count}개`,
    layers: (layers: number, heads: number) => `층 ${layers}개, 헤드 ${heads}개`,
    gate: 'y + tanh(α) · out, 두 번: 어텐션, 피드포워드',
    pixels: '픽셀',
    patches: '패치',
    tokens: '토큰 T개',
  },
} as const;

const WIDTH = 760;
const LEFT = 24;
const RIGHT = 400;
const BOX = 336;
const ROW = 58;
const GAP = 30;
/** Layers drawn before the others are counted only. */
const MOST_LAYERS = 6;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly lines: readonly string[];
  readonly kind: 'frozen' | 'trained' | 'data';
}

const escaped = (text: string): string => text.replace(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`);

/**
 * A figure of the whole model: what is frozen and what is trained, shapes between the parts, parameters of each. No weights
 * are needed.
 *
 * @returns the text of an SVG
 * @example
 * ```ts
 * const svg = modelFigure(model.config.model, { lang: 'ko' });
 * ```
 */
export function modelFigure(config: FlamingoConfig, options: Pick<FigureOptions, 'lang'> = {}): string {
  requireOptions('modelFigure', options, 'lang:en|ko');
  const { lang = 'en' } = options;
  const text = TEXTS[lang];
  const count = countParameters(config);
  const { boxes, arrows, height } = layout(config, lang);
  const top = 64;
  const body = [...arrows.map(arrowPath), ...boxes.map(drawnBox)].join('\n');
  const total = height + top + 56;
  const key = (x: number, kind: Box['kind'], words: string): string =>
    `<rect x="${x}" y="-11" width="14" height="14" rx="3" ${styleOf(kind)}/><text x="${x + 22}" y="0">${escaped(words)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" class="glass-figure" role="img" width="${WIDTH}" height="${total}" viewBox="0 0 ${WIDTH} ${total}" font-family="${FONT}" font-size="13" fill="currentColor">
<title>${text.title}</title>
<style>${styleSheet()}</style>
<defs><marker id="glass-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0,0l8,4l-8,4z" fill="${colour('ink')}"/></marker></defs>
<rect width="${WIDTH}" height="${total}" fill="${colour('paper')}"/>
<text x="${LEFT}" y="34" font-size="18" font-weight="600">${text.title}</text>
<g transform="translate(0,${top})">
${body}
</g>
<g transform="translate(0,${total - 20})">${key(LEFT, 'trained', text.trained)}${key(LEFT + 44 + textWidth(text.trained, 13), 'frozen', text.frozen)}<text x="${RIGHT + BOX}" y="0" text-anchor="end" font-weight="600">${text.all(grouped(count.total))}</text></g>
</svg>
`;
}

interface Arrow {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly label?: string;
}

function layout(config: FlamingoConfig, lang: 'en' | 'ko'): { boxes: Box[]; arrows: Arrow[]; height: number } {
  const text = TEXTS[lang];
  const { vision, resampler, languageModel: lm, crossAttention } = config;
  const count = countParameters(config);
  const rows = Array.from({ length: lm.layers }, (_, i) => i);
  const shown = rows.length > MOST_LAYERS ? [...rows.slice(0, MOST_LAYERS - 1), rows.length - 1] : rows;
  const blocks = rows.filter((i) => hasBlock(i, crossAttention)).length;
  const boxes: Box[] = [];
  const arrows: Arrow[] = [];
  const { latents = 64, depth = 6, heads = 16 } = resampler;

  // The text goes up the right column, so it is built from below.
  const right: Omit<Box, 'x' | 'y'>[] = [{ lines: [text.text, text.tokens], kind: 'data' }];
  right.push({ lines: [text.embedding, `[T, ${lm.width}]`], kind: 'frozen' });
  shown.forEach((i, at) => {
    const skipped = i - (shown[at - 1] ?? i - 1) - 1;
    if (skipped > 0) right.push({ lines: [text.more(skipped)], kind: 'data' });
    if (hasBlock(i, crossAttention))
      right.push({
        lines: [text.block, text.gate, text.each(grouped(count.crossAttention / blocks))],
        kind: 'trained',
      });
    right.push({ lines: [text.layer(i), `[T, ${lm.width}]`], kind: 'frozen' });
  });
  right.push({ lines: [text.head, text.whole(grouped(count.languageModel))], kind: 'frozen' });
  right.push({ lines: [text.logits, `[T, ${grouped(lm.vocabulary)}]`], kind: 'data' });
  const height = right.length * (ROW + GAP) - GAP;
  right.forEach((box, i) => {
    const y = height - ROW - i * (ROW + GAP);
    boxes.push({ ...box, x: RIGHT, y });
    if (i > 0) arrows.push({ from: [RIGHT + BOX / 2, y + ROW + GAP], to: [RIGHT + BOX / 2, y + ROW] });
  });

  const size =
    vision && (typeof vision.imageSize === 'number' ? [vision.imageSize, vision.imageSize] : vision.imageSize);
  const [gridRows, gridColumns] = vision ? patchGrid(vision) : [0, 0];
  const left: Omit<Box, 'x' | 'y'>[] = vision
    ? [
        { lines: [text.picture, `[3, ${(size as readonly number[]).join(', ')}] ${text.pixels}`], kind: 'data' },
        {
          lines: [text.vision, text.layers(vision.layers, vision.heads), text.parameters(grouped(count.vision))],
          kind: 'frozen',
        },
      ]
    : [{ lines: [text.outside, `[v, ${resampler.width}]`], kind: 'data' }];
  left.push({
    lines: [text.resampler, text.layers(depth, heads), text.parameters(grouped(count.resampler))],
    kind: 'trained',
  });
  left.push({ lines: [text.latents, `[${latents}, ${resampler.width}]`], kind: 'data' });
  const labels = vision
    ? ['', `[${gridRows * gridColumns}, ${vision.width}]  ${gridRows} × ${gridColumns} ${text.patches}`, '']
    : ['', ''];
  left.forEach((box, i) => {
    const y = height - ROW - i * (ROW + GAP + 6);
    boxes.push({ ...box, x: LEFT, y });
    const label = labels[i - 1];
    if (i > 0)
      arrows.push({
        from: [LEFT + BOX / 2 - 40, y + ROW + GAP + 6],
        to: [LEFT + BOX / 2 - 40, y + ROW],
        ...(label && { label }),
      });
  });
  const source = boxes.at(-1) as Box;
  const middle = (LEFT + BOX + RIGHT) / 2;
  for (const { x, y, kind } of boxes)
    if (x === RIGHT && kind === 'trained')
      arrows.push(
        { from: [middle, source.y + ROW / 2], to: [middle, y + ROW / 2] },
        { from: [middle, y + ROW / 2], to: [RIGHT, y + ROW / 2] },
      );
  arrows.push({ from: [LEFT + BOX, source.y + ROW / 2], to: [middle, source.y + ROW / 2] });
  return { boxes, arrows, height };
}

const styleOf = (kind: Box['kind']): string =>
  kind === 'data'
    ? 'fill="none"'
    : kind === 'trained'
      ? `fill="${colour('heat')}" fill-opacity="0.35" stroke="${colour('attention')}" stroke-width="1.5"`
      : `fill="none" stroke="${colour('line')}" stroke-width="1.5"`;

function drawnBox({ x, y, lines, kind }: Box): string {
  const first = y + ROW / 2 - (lines.length - 1) * 8 + 4;
  const words = lines.map((line, i) => {
    const weight = i === 0 ? ' font-weight="600"' : ' font-size="11.5"';
    return `<text x="${x + BOX / 2}" y="${first + i * 16}" text-anchor="middle"${weight}>${escaped(line)}</text>`;
  });
  return `<rect x="${x}" y="${y}" width="${BOX}" height="${ROW}" rx="8" ${styleOf(kind)}/>${words.join('')}`;
}

function arrowPath({ from, to, label }: Arrow): string {
  const head =
    to[0] === RIGHT || (from[0] === to[0] && Math.abs(from[1] - to[1]) < ROW) ? ' marker-end="url(#glass-arrow)"' : '';
  const line = `<path d="M${from.join(',')}L${to.join(',')}" stroke="${colour('ink')}" fill="none"${head}/>`;
  if (!label) return line;
  return `${line}<text x="${to[0] + 10}" y="${(from[1] + to[1]) / 2 + 4}" font-size="11.5">${escaped(label)}</text>`;
}

/** 3,023,880, and 1.16 B where digits would not be read. */
function grouped(count: number): string {
  if (count >= 1e8) return count >= 1e9 ? `${Number((count / 1e9).toPrecision(3))} B` : `${Math.round(count / 1e6)} M`;
  return Math.round(count).toLocaleString('en');
}
