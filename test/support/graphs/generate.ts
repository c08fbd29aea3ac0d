/** Random graphs of operations as plain data: shapes, attributes and exact values, and how far rounding may carry them. */

import type { Attributes, Round } from './duals.ts';
import { broadcast, interpret, NAMES, sizeOf, type Values } from './interpreter.ts';

export interface Node {
  /** `leaf`, `ids` or the name of an operation. */
  readonly name: string;
  readonly inputs: readonly number[];
  readonly attributes: Attributes;
  readonly exact: Values;
  /** The same with every operation's inputs, results and stored sums rounded at random. */
  readonly rounded: readonly Values[];
  /** A leaf that takes part in the derivative. */
  readonly varies: boolean;
}

export interface Graph {
  readonly seed: number;
  readonly nodes: readonly Node[];
}

/** How much an operation on a device may be off, as a part of the number; of what is more sensitive nothing is asked. */
const ROUNDING = 3e-7;
/** What is smaller may become 0. */
const SMALLEST = 2 ** -125;
const SAMPLES = 3;
const MOST_ELEMENTS = 256;
/** A graph's axes are of a few lengths: graphs that draw the same ones compile fewer kernels between them. */
const EXTENTS = [
  [1, 2, 2, 4],
  [1, 2, 2, 4],
  [1, 3, 3],
  [1, 3, 3],
  [1, 2, 3],
] as const;

/** Small random numbers by a linear congruence (Numerical Recipes), high bits first. */
class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = (seed * 2654435761 + 12345) >>> 0;
    for (let i = 0; i < 4; i++) this.uniform();
  }

  uniform(): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return this.state / 2 ** 32;
  }
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

class Builder {
  readonly nodes: Node[] = [];
  private readonly dice: Dice;
  /** Apart from `dice`: how often an operation rounds must not change what is drawn next. */
  private readonly noise = new Dice(7);
  private readonly extents: readonly number[];

  constructor(dice: Dice) {
    this.dice = dice;
    this.extents = dice.pick(EXTENTS);
  }

  shapeOf(node: number): readonly number[] {
    return (this.nodes[node] as Node).exact.shape;
  }

  /** Ranks 0 to 6; one axis in twelve is empty, one in four has one entry. */
  shape(rank: number = this.dice.pick([0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6])): number[] {
    const shape = Array.from({ length: rank }, () => this.extent());
    while (sizeOf(shape) > MOST_ELEMENTS) shape[this.dice.below(rank)] = 1;
    return shape;
  }

  extent(): number {
    return this.dice.chance(1 / 12) ? 0 : this.dice.pick(this.extents);
  }

  private given(name: string, shape: readonly number[], varies: boolean, draw: () => number): number {
    const items = Array.from({ length: sizeOf(shape) }, () => ({
      v: draw(),
      d: varies ? Math.fround(2 * this.dice.uniform() - 1) : 0,
    }));
    const exact = { shape, items };
    return (
      this.nodes.push({ name, inputs: [], attributes: {}, exact, rounded: new Array(SAMPLES).fill(exact), varies }) - 1
    );
  }

  leaf(shape: readonly number[]): number {
    const whole = this.dice.chance(0.2);
    return this.given('leaf', shape, true, () => {
      const x = 4 * this.dice.uniform() - 2;
      return whole ? Math.round(x) : Math.fround(x);
    });
  }
  mask(shape: readonly number[]): number {
    return this.given('leaf', shape, false, () => (this.dice.chance(0.6) ? 1 : 0));
  }
  ids(shape: readonly number[], below: number): number {
    return this.given('ids', shape, false, () => this.dice.below(below));
  }

  floats(): number[] {
    return this.nodes.flatMap(({ name }, i) => (name === 'ids' ? [] : [i]));
  }
  /** A number tensor, a later one more likely. */
  any(fits: (shape: readonly number[]) => boolean = () => true): number | null {
    const found = this.floats().filter((i) => fits(this.shapeOf(i)));
    return found.length > 0 ? (found[Math.floor(found.length * Math.sqrt(this.dice.uniform()))] as number) : null;
  }
  /** One of exactly this shape: there already, or a new leaf. */
  like(shape: readonly number[]): number {
    const found = this.dice.chance(0.5) ? this.any((own) => own.join() === shape.join()) : null;
    return found ?? this.leaf(shape);
  }

  /** Takes an operation in if its values are ordinary numbers that rounding leaves alone. */
  add(name: string, inputs: readonly number[], attributes: Attributes): boolean {
    const nodes = inputs.map((i) => this.nodes[i] as Node);
    const exact = interpret(
      name,
      nodes.map((node) => node.exact),
      attributes,
    );
    if (exact.items.length > MOST_ELEMENTS || exact.shape.length > 6) return false;
    if (!exact.items.every(({ v, d }) => Math.abs(v) < 1e3 && Math.abs(d) < 1e4)) return false;
    const rounded = Array.from({ length: SAMPLES }, (_, sample) => {
      const given = nodes.map((node) =>
        node.name === 'ids' ? node.exact : this.round(node.rounded[sample] as Values),
      );
      return this.round(interpret(name, given, attributes, this.nudge));
    });
    const node = { name, inputs, attributes, exact, rounded, varies: false };
    if (!(wobble(node, 'v') <= 3e-5 * scaleOf(exact, 'v') && wobble(node, 'd') <= 3e-4 * scaleOf(exact, 'd')))
      return false;
    this.nodes.push(node);
    return true;
  }

  private round({ shape, items }: Values): Values {
    return { shape, items: items.map(this.nudge) };
  }
  private readonly nudge: Round = ({ v, d }) => ({
    v: Math.abs(v) < SMALLEST ? 0 : v * this.factor(),
    d: Math.abs(d) < SMALLEST ? 0 : d * this.factor(),
  });

  private factor(): number {
    return 1 + ROUNDING * (2 * this.noise.uniform() - 1);
  }
}

export const scaleOf = ({ items }: Values, part: 'v' | 'd'): number =>
  Math.max(0.01, ...items.map((item) => Math.abs(item[part])));

/** The farthest that rounding moved a number. */
export function wobble({ exact, rounded }: Pick<Node, 'exact' | 'rounded'>, part: 'v' | 'd'): number {
  let most = 0;
  for (const { items } of rounded)
    items.forEach((item, i) => {
      const off = Math.abs(item[part] - (exact.items[i]?.[part] as number));
      most = off <= most ? most : Number.isNaN(most) ? most : off; // NaN stays
    });
  return most;
}

type Step = (b: Builder, dice: Dice) => boolean;

const withAxis =
  (name: string, more: (extent: number, dice: Dice) => Attributes | null = () => ({})): Step =>
  (b, dice) => {
    const x = b.any((shape) => shape.length > 0);
    if (x === null) return false;
    const axis = dice.below(b.shapeOf(x).length);
    const attributes = more(b.shapeOf(x)[axis] as number, dice);
    return attributes !== null && b.add(name, [x], { axis, ...attributes });
  };

const onLast =
  (name: string, more: (width: number, dice: Dice) => Attributes | null = () => ({})): Step =>
  (b, dice) => {
    const x = b.any((shape) => shape.length > 0);
    if (x === null) return false;
    const attributes = more(b.shapeOf(x).at(-1) as number, dice);
    return attributes !== null && b.add(name, [x], attributes);
  };

/** A shape that broadcasts with `shape`. */
function partner(b: Builder, dice: Dice, shape: readonly number[]): number[] {
  const own = shape.map((extent) => (dice.chance(0.25) ? 1 : extent === 1 && dice.chance(0.4) ? b.extent() : extent));
  if (dice.chance(0.3)) return own.slice(dice.below(own.length + 1));
  return own.length < 6 && dice.chance(0.15) ? [b.extent(), ...own] : own;
}

const shuffled = (count: number, dice: Dice): number[] => {
  const list = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = dice.below(i + 1);
    [list[i], list[j]] = [list[j] as number, list[i] as number];
  }
  return list;
};
const subset = (rank: number, dice: Dice): number[] =>
  Array.from({ length: rank }, (_, axis) => axis).filter(() => dice.chance(0.5));

/** Another shape of the same size. */
function reshaped(shape: readonly number[], dice: Dice): number[] {
  const size = sizeOf(shape);
  if (size === 0) return [...shape].reverse();
  const factors: number[] = [];
  let rest = size;
  for (let p = 2; p <= rest; p++)
    while (rest % p === 0) {
      factors.push(p);
      rest /= p;
    }
  const result = dice.chance(0.3) ? [1] : [];
  for (const factor of factors)
    if (result.length > 0 && (dice.chance(0.5) || result.length >= 6)) result[dice.below(result.length)]! *= factor;
    else result.push(factor);
  return result;
}

const move =
  (name: string, attributes: (shape: readonly number[], dice: Dice) => Attributes | null): Step =>
  (b, dice) => {
    const x = b.any() as number;
    const found = attributes(b.shapeOf(x), dice);
    return found !== null && b.add(name, [x], found);
  };

const lookUp =
  (name: string): Step =>
  (b, dice) => {
    const x = b.any((shape) => shape.length > 0 && sizeOf(shape) > 0);
    if (x === null) return false;
    const shape = b.shapeOf(x);
    const axis = dice.below(shape.length);
    const wanted = shape.map((extent, j) => (j === axis ? b.extent() : extent));
    const ids = b.ids(name === 'indexSelect' ? [wanted[axis] as number] : wanted, shape[axis] as number);
    return b.add(name, name === 'scatterAdd' ? [x, ids, b.like(wanted)] : [x, ids], { axis });
  };

const STEPS: Readonly<Record<string, Step>> = {
  ...Object.fromEntries(
    NAMES.functions.map((name): [string, Step] => [name, (b) => b.add(name, [b.any() as number], {})]),
  ),
  ...Object.fromEntries(
    NAMES.pairs.map((name): [string, Step] => [
      name,
      (b, dice) => {
        const x = b.any() as number;
        const y = b.like(partner(b, dice, b.shapeOf(x)));
        return b.add(name, dice.chance(0.5) ? [x, y] : [y, x], {});
      },
    ]),
  ),
  ...Object.fromEntries(
    NAMES.reductions.map((name): [string, Step] => [
      name,
      move(name, (shape, dice) => {
        const axes = subset(shape.length, dice);
        const ofNothing = axes.some((axis) => shape[axis] === 0) && ['max', 'min', 'logSumExp'].includes(name);
        return ofNothing ? null : { axes, keepDims: dice.chance(0.5) };
      }),
    ]),
  ),
  softmax: withAxis('softmax'),
  logSoftmax: withAxis('logSoftmax', (extent) => (extent > 0 ? {} : null)),
  cumsum: withAxis('cumsum'),
  layerNorm: onLast('layerNorm'),
  rmsNorm: onLast('rmsNorm'),
  l2Normalise: onLast('l2Normalise'),
  topK: onLast('topK', (width, dice) => (width > 0 ? { k: 1 + dice.below(width) } : null)),
  argmax: withAxis('argmax', (extent) => (extent > 0 ? {} : null)),
  where: (b, dice) => {
    const x = b.any() as number;
    const shape = b.shapeOf(x);
    const mask = b.mask(partner(b, dice, shape));
    return b.add('where', [mask, x, b.like(partner(b, dice, broadcast(shape, b.shapeOf(mask))))], {});
  },
  clamp: move('clamp', (_, dice) => ({ low: -1 - dice.uniform(), value: 0.3 + dice.uniform() })),
  matmul: (b, dice) => {
    const x = b.any((shape) => shape.length >= 2);
    if (x === null) return false;
    const [transposeA, transposeB] = [dice.chance(0.4), dice.chance(0.4)];
    const inner = b.shapeOf(x).at(transposeA ? -2 : -1) as number;
    const batch = partner(b, dice, b.shapeOf(x).slice(0, -2)).slice(-4);
    const y = b.like([...batch, ...(transposeB ? [b.extent(), inner] : [inner, b.extent()])]);
    return b.add('matmul', [x, y], { transposeA, transposeB });
  },
  reshape: move('reshape', (shape, dice) => ({ shape: reshaped(shape, dice) })),
  permute: move('permute', ({ length }, dice) => ({ axes: shuffled(length, dice) })),
  expand: (b, dice) => {
    const x = b.any() as number;
    const wide = b.shapeOf(x).map((extent) => (extent === 1 && dice.chance(0.6) ? b.extent() : extent));
    return b.add('expand', [x], { shape: wide.length < 6 && dice.chance(0.5) ? [b.extent(), ...wide] : wide });
  },
  slice: move('slice', (shape, dice) => ({
    ranges: shape.map((extent) => {
      const start = dice.below(extent + 1);
      return [start, start + dice.below(extent - start + 1), 1 + dice.below(2)] as const;
    }),
  })),
  flip: move('flip', ({ length }, dice) => ({ axes: subset(length, dice) })),
  pad: move('pad', (shape, dice) => ({
    pads: shape.map(() => [dice.below(2), dice.below(2)] as const),
    value: dice.below(2),
  })),
  gather: lookUp('gather'),
  scatterAdd: lookUp('scatterAdd'),
  indexSelect: lookUp('indexSelect'),
  embedding: (b) => {
    const table = b.any((shape) => shape.length === 2 && (shape[0] as number) > 0);
    return (
      table !== null && b.add('embedding', [table, b.ids(b.shape().slice(0, 4), b.shapeOf(table)[0] as number)], {})
    );
  },
  oneHot: (b, dice) => b.add('oneHot', [b.ids(b.shape().slice(0, 4), 4)], { count: 1 + dice.below(4) }),
  concat: (b, dice) => {
    const x = b.any((shape) => shape.length > 0);
    if (x === null) return false;
    const shape = b.shapeOf(x);
    const axis = dice.below(shape.length);
    const others = Array.from({ length: 1 + dice.below(3) }, () =>
      b.like(shape.map((extent, j) => (j === axis ? b.extent() : extent))),
    );
    return b.add('concat', [...others, x], { axis });
  },
  stack: (b, dice) => {
    const x = b.any() as number;
    const shape = b.shapeOf(x);
    return b.add('stack', [x, b.like(shape)], { axis: dice.below(shape.length + 1) });
  },
  tile: move('tile', (shape, dice) => ({ axes: shape.map(() => dice.pick([1, 1, 2, 0])) })),
  repeatInterleave: withAxis('repeatInterleave', (_, dice) => ({ count: dice.below(4) })),
  tril: (b, dice) => {
    const x = b.any((shape) => shape.length >= 2);
    return x !== null && b.add('tril', [x], { count: dice.below(5) - 2 });
  },
  maskedSoftmax: (b, dice) => {
    const x = b.any((shape) => shape.length > 0);
    if (x === null) return false;
    const shape = b.shapeOf(x);
    const mask = shape.map((extent, j) => (j < shape.length - 1 && dice.chance(0.3) ? 1 : extent));
    return b.add('maskedSoftmax', [x, b.mask(mask)], {});
  },
  attention: (b, dice) => {
    const q = b.any((shape) => shape.length >= 2 && shape.length <= 5);
    if (q === null) return false;
    const shape = b.shapeOf(q);
    const [batch, n, m] = [shape.slice(0, -2), shape.at(-2) as number, 1 + dice.below(4)];
    const [masked, biased] = [dice.chance(0.5), dice.chance(0.4)];
    const around = (): number[] => [
      ...(dice.chance(0.5) ? batch.map((extent) => (dice.chance(0.4) ? 1 : extent)) : []),
      n,
      m,
    ];
    const [k, v] = [b.like([...batch, m, shape.at(-1) as number]), b.like([...batch, m, b.extent()])];
    const rest = [...(masked ? [b.mask(around())] : []), ...(biased ? [b.leaf(around())] : [])];
    return b.add('attention', [q, k, v, ...rest], { masked, biased, value: dice.pick([0.5, 1]) });
  },
  crossEntropy: (b) => {
    const x = b.any((shape) => shape.length === 2 && (shape[1] as number) > 0);
    return x !== null && b.add('crossEntropy', [x, b.ids([b.shapeOf(x)[0] as number], b.shapeOf(x)[1] as number)], {});
  },
  affineNorm: (b) => {
    const x = b.any((shape) => shape.length > 0);
    if (x === null) return false;
    const width = [b.shapeOf(x).at(-1) as number];
    return b.add('affineNorm', [x, b.like(width), b.like(width)], {});
  },
};

const KINDS = Object.keys(STEPS);

/** A graph of 3 to 10 operations; the same for the same seed. */
export function graphOf(seed: number): Graph {
  const dice = new Dice(seed);
  const builder = new Builder(dice);
  for (let i = 0; i < 1 + dice.below(2); i++) builder.leaf(builder.shape());
  let wanted = 3 + dice.below(8);
  for (let attempt = 0; attempt < 60 && wanted > 0; attempt++)
    if ((STEPS[dice.pick(KINDS)] as Step)(builder, dice)) wanted--;
  return { seed, nodes: builder.nodes };
}
