/** The equation of a value with the numbers of one of its cells, from what the run had where it reads. */

import { requireKinds } from '../files/kinds.ts';
import type { Flamingo } from '../flamingo/flamingo.ts';
import { GatedCrossAttention } from '../flamingo/gated-cross-attention.ts';
import { ResamplerLayer } from '../flamingo/perceiver-resampler.ts';
import { TransformerLayer } from '../flamingo/transformer-layer.ts';
import { activations, Identity, LayerNorm, type Linear, type Norm } from '../nn/index.ts';
import type { Captured } from '../runs/captured.ts';
import { scope, type Tensor, tensor } from '../tensor/index.ts';
import { type CellEquation, dot, normalised, one, product, softmax, sum } from './cell-numbers.ts';
import { type Recorded, range } from './recorded.ts';

export type { CellEquation } from './cell-numbers.ts';

type Index = readonly number[];
type Layer = TransformerLayer | ResamplerLayer | GatedCrossAttention;

/** Where a value stands: `xattn.3` and `gate.dense`, or no layer and its whole name. */
interface Place {
  readonly flamingo: Flamingo;
  readonly prefix: string;
  readonly role: string;
  readonly layer: Layer | null;
  /** The residual stream that enters the layer, or that a norm at the end of a tower reads. */
  readonly stream: string;
}

/** What a rule reads beside the value itself, and how it writes the cell. */
interface Rule {
  readonly roles: RegExp;
  readonly reads: (place: Place) => readonly string[];
  readonly write: (place: Place, cell: Cell) => Promise<CellEquation | null>;
}

/** A cell and the values around it. */
class Cell {
  readonly index: Index;
  private readonly run: Recorded;

  constructor(run: Recorded, index: Index) {
    this.run = run;
    this.index = index;
  }

  /** The number at an index whose first axes may be missing there, as in broadcasting. */
  at(name: string, index: Index = this.index): number {
    const { data, shape } = this.run.get(name);
    return data[offsetOf(shape, index.slice(index.length - shape.length))] as number;
  }

  /** The numbers along the last axis. */
  readonly row = (name: string, index: Index): Float32Array => {
    const { data, shape } = this.run.get(name);
    const width = shape.at(-1) as number;
    const start = offsetOf(shape.slice(0, -1), index) * width;
    return data.subarray(start, start + width);
  };

  captured(name: string): Captured {
    return this.run.get(name);
  }
}

function offsetOf(shape: readonly number[], index: Index): number {
  return shape.reduce((offset, size, axis) => offset * size + (index[axis] ?? 0), 0);
}

const rowOf = async (weight: Tensor, row: number): Promise<ArrayLike<number>> => {
  const width = weight.shape[1] as number;
  return (await weight.data()).subarray(row * width, (row + 1) * width);
};
const numberOf = async (values: Tensor | null, i: number): Promise<number | null> =>
  values && ((await values.data())[i] as number);

async function mapped({ weight, bias }: Linear, row: number, x: ArrayLike<number>): Promise<CellEquation> {
  return dot(x, await rowOf(weight, row), await numberOf(bias, row));
}

async function norm(of: Norm | null, x: ArrayLike<number>, i: number): Promise<CellEquation | null> {
  if (!(of instanceof LayerNorm)) return null;
  const weight = (await numberOf(of.weight, i)) as number;
  return normalised(x, i, { weight, bias: await numberOf(of.bias, i), eps: of.eps });
}

/** [b, h, .., n, d] without the head: [b, .., n]; and the channel of all heads together. */
function unheaded(index: Index, width: number): { token: Index; channel: number } {
  const [batch = 0, head = 0, ...rest] = index;
  return { token: [batch, ...rest.slice(0, -1)], channel: head * width + (rest.at(-1) as number) };
}

/** The norms of queries and keys and shared heads of other models have no equation here. */
function isPlain({ attention }: Layer): boolean {
  const shared = 'keyValueHeads' in attention && attention.keyValueHeads !== attention.heads;
  return attention.queryNorm instanceof Identity && attention.keyNorm instanceof Identity && !shared;
}

const widthOf = ({ attention }: Layer): number => (attention.toQ.weight.shape[0] as number) / attention.heads;

/** What keys and values of a token are made of. */
function contextOf({ prefix, layer }: Place, cell: Cell, token: Index): Float32Array {
  if (layer instanceof GatedCrossAttention) {
    const latents = cell.captured('resampler.out').shape[2] as number;
    const at = token.at(-1) as number; // medium * latent
    return cell.row('resampler.out', [token[0] ?? 0, Math.floor(at / latents), at % latents]);
  }
  if (!(layer instanceof ResamplerLayer)) return cell.row(`${prefix}.attention.norm.out`, token);
  const visual = cell.captured(`${prefix}.attention.norm.media`).shape[2] as number;
  const [batch = 0, medium = 0, n = 0] = token;
  return n < visual
    ? cell.row(`${prefix}.attention.norm.media`, token)
    : cell.row(`${prefix}.attention.norm.latents`, [batch, medium, n - visual]);
}

const RULES: readonly Rule[] = [
  {
    roles: /^gate\./,
    reads: () => [],
    write: async ({ layer, role }, { index }) => {
      if (!(layer instanceof GatedCrossAttention)) return null;
      const alpha = (await numberOf(role === 'gate.dense' ? layer.denseGate : layer.attentionGate, index[0] ?? 0)) ?? 0;
      return { text: `tanh(${one(alpha).text})`, value: Math.tanh(alpha) };
    },
  },
  {
    roles: /^contribution\./,
    reads: ({ prefix, role }) => [`${prefix}.gate.${kindOf(role)}`, `${prefix}.${branchOf(role)}.out`],
    write: async ({ prefix, role }, cell) => {
      const gate = cell.captured(`${prefix}.gate.${kindOf(role)}`).data;
      return product(
        gate[gate.length > 1 ? (cell.index.at(-1) as number) : 0] as number,
        cell.at(`${prefix}.${branchOf(role)}.out`),
      );
    },
  },
  {
    roles: /^residual\.(mid|post)$/,
    reads: (place) => summands(place),
    write: async (place, cell) => {
      if (place.layer instanceof TransformerLayer && place.layer.layout !== 'pre-norm') return null;
      const [stream, added] = summands(place) as [string, string];
      return sum(cell.at(stream), cell.at(added));
    },
  },
  {
    roles: /^attention\.queries$/,
    reads: ({ prefix, layer }) => [`${prefix}.attention.norm.${layer instanceof ResamplerLayer ? 'latents' : 'out'}`],
    write: async ({ prefix, layer }, cell) => {
      if (!layer || !isPlain(layer)) return null;
      const { token, channel } = unheaded(cell.index, widthOf(layer));
      const source = `${prefix}.attention.norm.${layer instanceof ResamplerLayer ? 'latents' : 'out'}`;
      return mapped(layer.attention.toQ, channel, cell.row(source, token));
    },
  },
  {
    roles: /^attention\.(keys|values)$/,
    reads: ({ prefix, layer }) => {
      if (layer instanceof GatedCrossAttention) return ['resampler.out'];
      const norms = layer instanceof ResamplerLayer ? ['media', 'latents'] : ['out'];
      return norms.map((norm) => `${prefix}.attention.norm.${norm}`);
    },
    write: async (place, cell) => {
      const { layer, role } = place;
      if (!layer || !isPlain(layer)) return null;
      const { token, channel } = unheaded(cell.index, widthOf(layer));
      const x = contextOf(place, cell, token);
      const isKey = role.endsWith('keys');
      if (layer instanceof TransformerLayer)
        return mapped(isKey ? layer.attention.toK : layer.attention.toV, channel, x);
      const { toKV } = layer.attention;
      return mapped(toKV, isKey ? channel : channel + (toKV.weight.shape[0] as number) / 2, x);
    },
  },
  {
    roles: /^attention\.scores$/,
    reads: ({ prefix }) => [`${prefix}.attention.queries`, `${prefix}.attention.keys`],
    write: async ({ prefix, layer }, cell) => {
      if (!layer || !isPlain(layer)) return null;
      const { above, query, key } = pair(cell.index);
      const q = cell.row(`${prefix}.attention.queries`, [...above, query]);
      const { text, value } = dot(q, cell.row(`${prefix}.attention.keys`, [...above, key]));
      return { text: `(${text}) / √${q.length}`, value: value / Math.sqrt(q.length) };
    },
  },
  {
    roles: /^attention\.weights$/,
    reads: ({ prefix }) => [`${prefix}.attention.scores`],
    write: async ({ prefix }, cell) => {
      const { above, query, key } = pair(cell.index);
      const weights = cell.row(`${prefix}.attention.weights`, [...above, query]);
      return softmax(cell.row(`${prefix}.attention.scores`, [...above, query]), (k) => weights[k] === 0, key);
    },
  },
  {
    roles: /^attention\.heads$/,
    reads: ({ prefix }) => [`${prefix}.attention.weights`, `${prefix}.attention.values`],
    write: async ({ prefix, layer }, cell) => {
      if (!layer || !isPlain(layer)) return null;
      const { above, query, key: channel } = pair(cell.index);
      const weights = cell.row(`${prefix}.attention.weights`, [...above, query]);
      const values = range(weights.length).map((k) => cell.at(`${prefix}.attention.values`, [...above, k, channel]));
      return dot(weights, values);
    },
  },
  {
    roles: /^attention\.out$/,
    reads: ({ prefix }) => [`${prefix}.attention.heads`],
    write: async ({ prefix, layer }, { index, row }) => {
      if (!layer || (layer instanceof GatedCrossAttention && index.length !== 3)) return null;
      const [batch = 0, ...token] = index.slice(0, -1);
      const heads = range(layer.attention.heads).flatMap((h) => [
        ...row(`${prefix}.attention.heads`, [batch, h, ...token]),
      ]);
      return mapped(layer.attention.toOut, index.at(-1) as number, heads);
    },
  },
  {
    roles: /^(attention\.norm\.(out|media|latents)|feedforward\.norm\.out|norm\.out|out)$/,
    reads: (place) => [normOf(place)?.reads ?? []].flat(),
    write: async (place, { index, row }) => {
      const found = normOf(place);
      return found && norm(found.norm, row(found.reads, index.slice(0, -1)), index.at(-1) as number);
    },
  },
  {
    roles: /^feedforward\.hidden$/,
    reads: ({ prefix }) => [`${prefix}.feedforward.norm.out`],
    write: async ({ prefix, layer }, { index, row }) => {
      if (!layer || layer.feedForward.gate) return null;
      const { up, activation } = layer.feedForward;
      const { text, value } = await mapped(up, index.at(-1) as number, row(`${prefix}.feedforward.norm.out`, index));
      const acted = scope(up.weight.device, () => activations[activation](tensor(up.weight.device, [value])));
      const [result] = await acted.data();
      acted.dispose();
      return { text: `${activation}(${text})`, value: result as number };
    },
  },
  {
    roles: /^feedforward\.out$/,
    reads: ({ prefix }) => [`${prefix}.feedforward.hidden`],
    write: async ({ prefix, layer }, { index, row }) =>
      layer && mapped(layer.feedForward.down, index.at(-1) as number, row(`${prefix}.feedforward.hidden`, index)),
  },
  {
    roles: /^embeddings\.out$/,
    reads: ({ prefix }) => (prefix === 'lm' ? ['lm.embeddings.tokens', 'lm.embeddings.positions'] : []),
    write: async ({ prefix }, cell) =>
      prefix === 'lm' ? sum(cell.at('lm.embeddings.tokens'), cell.at('lm.embeddings.positions')) : null,
  },
  {
    roles: /^logits$/,
    reads: () => ['lm.head.in'],
    write: async ({ flamingo: { languageModel } }, { index, row }) => {
      const { toLogits, embedding } = languageModel;
      const [token, y] = [index.at(-1) as number, row('lm.head.in', index)];
      return toLogits ? mapped(toLogits, token, y) : dot(y, await rowOf(embedding.weight, token));
    },
  },
];

/** [b, h, .., q, k]: what stands above the pair, and the pair. */
function pair(index: Index): { above: Index; query: number; key: number } {
  return { above: index.slice(0, -2), query: index.at(-2) as number, key: index.at(-1) as number };
}

const kindOf = (role: string): string => (role.endsWith('dense') ? 'dense' : 'attention');
const branchOf = (role: string): string => (role.endsWith('dense') ? 'feedforward' : 'attention');

/** What is added to what along the residual stream. */
function summands({ prefix, role, layer, stream }: Place): [string, string] {
  const gated = layer instanceof GatedCrossAttention;
  return role === 'residual.mid'
    ? [stream, `${prefix}.${gated ? 'contribution.attention' : 'attention.out'}`]
    : [`${prefix}.residual.mid`, `${prefix}.${gated ? 'contribution.dense' : 'feedforward.out'}`];
}

/** The norm that makes a value, and what it reads. */
function normOf({ flamingo, prefix, role, layer, stream }: Place): { norm: Norm | null; reads: string } | null {
  const whole = `${prefix}.${role}`;
  if (whole === 'vision.norm.out') return { norm: flamingo.vision?.preNorm ?? null, reads: 'vision.embeddings.out' };
  if (whole === 'resampler.out') return { norm: flamingo.resampler.norm, reads: stream };
  if (whole === 'lm.norm.out') return { norm: flamingo.languageModel.norm, reads: stream };
  if (!layer || (layer instanceof TransformerLayer && layer.layout !== 'pre-norm')) return null;
  if (role === 'feedforward.norm.out') return { norm: layer.feedForwardNorm, reads: `${prefix}.residual.mid` };
  if (layer instanceof ResamplerLayer && role === 'attention.norm.media')
    return { norm: layer.attention.normMedia, reads: 'resampler.in' };
  if (layer instanceof ResamplerLayer) return { norm: layer.attention.normLatents, reads: stream };
  return { norm: layer instanceof GatedCrossAttention ? layer.attention.norm : layer.attentionNorm, reads: stream };
}

function placeOf(flamingo: Flamingo, name: string, names: readonly string[]): Place {
  const [, prefix = '', role = name] =
    /^((?:vision|resampler|lm)(?:\.layers\.\d+)?|xattn\.\d+)\.(.+)$/.exec(name) ?? [];
  const number = Number(prefix.split('.').at(-1));
  const layers: Record<string, readonly (Layer | null)[] | undefined> = {
    vision: flamingo.vision?.layers,
    resampler: flamingo.resampler.layers,
    xattn: flamingo.crossAttention,
    lm: flamingo.languageModel.layers,
  };
  const layer = /\d$/.test(prefix) ? (layers[prefix.split('.')[0] as string]?.[number] ?? null) : null;
  return { flamingo, prefix, role, layer, stream: streamInto(prefix, name, names) };
}

/** The last value of the residual stream before a layer, or before what follows the last layer of its tower. */
function streamInto(prefix: string, name: string, names: readonly string[]): string {
  const text = /^(lm|xattn)/.test(prefix);
  const tower = text ? /^(lm|xattn)\./ : new RegExp(`^${prefix.split('.')[0]}\\.`);
  const own = /\d$/.test(prefix) ? names.findIndex((other) => other.startsWith(`${prefix}.`)) : names.indexOf(name);
  const starts = ['lm.embeddings.out', 'resampler.latents', 'vision.norm.out'];
  const before = names.slice(0, Math.max(0, own)).filter((other) => tower.test(other));
  return before.findLast((other) => other.endsWith('.residual.post') || starts.includes(other)) ?? '';
}

const ruleOf = ({ role }: Place): Rule | undefined => RULES.find(({ roles }) => roles.test(role));

/**
 * What to capture beside the value for `cellEquation`. @param names all values of the run, in order of computation
 * @param name of the value: `xattn.1.residual.mid`
 * @example
 * ```ts
 * const { names } = await model.run(prompt, { capture: ['**'] });
 * const beside = cellTaps(model.flamingo, 'xattn.0.contribution.dense', names);
 * ```
 */
export function cellTaps(flamingo: Flamingo, name: string, names: readonly string[]): string[] {
  requireKinds('cellTaps', { flamingo, name, names }, '{languageModel} text texts');
  const place = placeOf(flamingo, name, names);
  const reads = ruleOf(place)?.reads(place) ?? [];
  return reads.every((read) => names.includes(read)) ? [...reads] : [];
}

/**
 * The equation of a cell with its numbers, from what the run had where the value reads, and what it comes to. An edit of
 * the value itself is not in it: then the cell holds something else.
 *
 * @param name of the value: `xattn.1.residual.mid`
 * @param names all values of the run, in order of computation
 * @param index of the cell, a number for each axis, counted from 0
 * @returns null where a cell has no short equation of its own: pixels, patches, masks, learned tables, and layers of other
 * models that norm their queries or turn them by position
 * @throws TapError unless `cellTaps` were captured
 * @example
 * ```ts
 * const name = 'xattn.0.contribution.dense';
 * const { names } = await model.run(prompt, { capture: ['**'] });
 * const run = await model.run(prompt, { capture: [name, ...cellTaps(model.flamingo, name, names)] });
 * const cell = await cellEquation(model.flamingo, run, name, names, [0, 2, 3]); // { text: '−0.903 × 0.412', value: -0.372 }
 * ```
 */
export async function cellEquation(
  flamingo: Flamingo,
  run: Recorded,
  name: string,
  names: readonly string[],
  index: readonly number[],
): Promise<CellEquation | null> {
  requireKinds('cellEquation', { flamingo, run, name, names, index }, '{languageModel} {names,get} text texts wholes');
  const place = placeOf(flamingo, name, names);
  const rule = ruleOf(place);
  if (!rule?.reads(place).every((read) => names.includes(read))) return null;
  return rule.write(place, new Cell(run, index));
}
