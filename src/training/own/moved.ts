/** How far training moved each part of a model: what exactly it updated, in numbers. */

export interface Moved {
  /** A named part: `resampler`, `crossAttention.2.attention`, `vision` ... */
  readonly part: string;
  readonly parameters: number;
  /** Numbers that are not what they were. */
  readonly changed: number;
  /** |after - before| / |before|, over all numbers of the part (Euclidean); null where they were all 0. */
  readonly relative: number | null;
}

/** The part that the two rows of the embedding are which learn with the blocks. */
export const TRAINED_EMBEDDINGS = 'embeddings of <image> and <EOC>';

export type Values = ReadonlyMap<string, ArrayLike<number>>;

/** The part of a parameter by its path; of the embedding, the two rows that training adds are one of their own. */
function partOf(path: string): string {
  const [first = '', second = '', third = ''] = path.split('.');
  if (first === 'crossAttention') {
    if (third.endsWith('Gate')) return `crossAttention.${second}.gates`;
    return `crossAttention.${second}.${third === 'attention' ? 'attention' : 'dense'}`;
  }
  if (first === 'languageModel') return second === 'embedding' ? 'languageModel.embedding' : 'languageModel';
  return first;
}

interface Sum {
  parameters: number;
  changed: number;
  moved: number;
  size: number;
}

/** @param rows of the embedding that learn with the blocks, and its width */
export function movedParts(before: Values, after: Values, rows: readonly number[], width: number): Moved[] {
  const sums = new Map<string, Sum>();
  const add = (part: string, was: number, is: number): void => {
    const sum = sums.get(part) ?? { parameters: 0, changed: 0, moved: 0, size: 0 };
    sums.set(part, sum);
    sum.parameters++;
    if (was !== is) sum.changed++;
    sum.moved += (is - was) ** 2;
    sum.size += was ** 2;
  };
  for (const [path, was] of before) {
    const is = after.get(path) as ArrayLike<number>;
    const part = partOf(path);
    for (let i = 0; i < was.length; i++) {
      const special = part === 'languageModel.embedding' && rows.includes(Math.floor(i / width));
      add(special ? TRAINED_EMBEDDINGS : part, was[i] as number, is[i] as number);
    }
  }
  return Array.from(sums, ([part, { parameters, changed, moved, size }]) => ({
    part,
    parameters,
    changed,
    relative: size === 0 ? null : Math.sqrt(moved / size),
  }));
}
