/** Prompts that begin alike, one after the other: what was made of the last one's beginning is not made again. */

import { mediaSeenAfter } from '../flamingo/dialects/documents.ts';
import type { Flamingo } from '../flamingo/flamingo.ts';
import { type Decoder, type DecodingInputs, forget } from '../flamingo/generation/decoding.ts';
import type { KeyValueCache } from '../nn/index.ts';
import { shown } from '../tensor/errors.ts';
import { ArgumentError, concat, indexSelect, inspectedAs, scope, type Tensor, tensor } from '../tensor/index.ts';
import type { Picture } from './image.ts';

/**
 * `simd` adds up products of so few rows in another order than those of more, so that their last bits differ (`gemm.ts`).
 * What is shared was read with more rows, and the rest is: all bits stay what they would be.
 */
const FEW_ROWS = 8;

/** What tells pictures apart: the array that holds their pixels. */
type Pixels = Picture['rgba'];

/** What tells a picture or clip apart: its frames, as they are shown. */
export type Medium = readonly Pixels[];

const same = (a: Medium, b: Medium): boolean => a.length === b.length && a.every((frame, i) => frame === b[i]);

/** What preprocessing made of pictures, by their pixels: each is preprocessed once. */
export class Planes {
  private made = new Map<Pixels, Float32Array>();
  private before: ReadonlyMap<Pixels, Float32Array> = new Map();

  /** Turns to another prompt: of the one before the last nothing is kept. */
  turn(): void {
    this.before = this.made;
    this.made = new Map();
  }

  /** Of a picture, from `make` where it is new. */
  of({ rgba }: Picture, make: () => Float32Array): Float32Array {
    const plane = this.made.get(rgba) ?? this.before.get(rgba) ?? make();
    this.made.set(rgba, plane);
    return plane;
  }
}

/** The text of a prompt, as it is read. */
export interface PromptText {
  readonly ids: readonly number[];
  /** 1 where a token announces a picture. */
  readonly imageTokens: readonly number[];
  readonly media: readonly Medium[];
}

/**
 * What prompts share that follow each other and begin alike: pixels and visual features of the same pictures, and keys and
 * values of the same first words. Pass one to `prepare` or `answer` with every prompt; answers are the same bits as without.
 * It remembers the last prompt. Pictures are the same when their pixels are the same array, as decoded once by
 * `loadPicture`. What is captured, edited or derived is computed from the start. The model's weights must not change.
 *
 * @example
 * ```ts
 * const shared = new SharedBeginning();
 * const image = await loadPicture('examples/pictures/panda.png'); // decoded once
 * for (const text of ['name :', 'kind :'])
 *   console.log((await model.answer({ sequence: [{ image }, { text }] }, { shared })).text);
 * shared.dispose();
 * ```
 */
export class SharedBeginning {
  private flamingo: Flamingo | null = null;
  /** @internal */
  planes: Planes = new Planes();
  private seen: { readonly media: readonly Medium[]; readonly features: Tensor } | null = null;
  private text: (PromptText & { readonly cache: readonly KeyValueCache[] }) | null = null;

  /** Of how much it knows. */
  toString(): string {
    return `SharedBeginning of ${this.text?.ids.length ?? 0} tokens and ${this.seen?.media.length ?? 0} pictures`;
  }

  /** Gives the memory back; what comes next begins from the start. */
  dispose(): void {
    this.seen?.features.dispose();
    forget(this.text?.cache ?? null);
    this.planes = new Planes();
    this.seen = null;
    this.text = null;
  }

  /** @internal Turns to a prompt. @throws ArgumentError when prompts of another model were shared before */
  begin(flamingo: Flamingo): void {
    if (this.flamingo && this.flamingo !== flamingo)
      throw new ArgumentError('prepare', 'what is shared was read by another model; expected one for each');
    this.flamingo = flamingo;
    this.planes.turn();
  }

  /** @internal Visual features of pixels [1, m, f, c, h, w]: only those of new pictures are computed. */
  encode(flamingo: Flamingo, pixels: Tensor, media: readonly Medium[]): Tensor {
    const features = scope(flamingo.device, () => this.features(flamingo, pixels, media), { noGrad: true });
    this.seen?.features.dispose();
    this.seen = { media, features: features.detach() };
    return features;
  }

  private features(flamingo: Flamingo, pixels: Tensor, media: readonly Medium[]): Tensor {
    const { seen } = this;
    const known = media.map((one) => seen?.media.findIndex((other) => same(one, other)) ?? -1);
    const fresh = [...known.keys()].filter((i) => known[i] === -1);
    const patches = (seen?.features.shape.at(-2) ?? 0) - 1; // there may be a class token among them
    if (!seen || fresh.length === media.length || patches <= FEW_ROWS) return flamingo.encode(pixels);
    const pick = (x: Tensor, places: readonly number[]): Tensor =>
      indexSelect(x, tensor(x.device, Int32Array.from(places)), 1);
    const made = fresh.length > 0 ? [flamingo.encode(pick(pixels, fresh))] : [];
    const all = concat([seen.features, ...made], 1);
    return pick(
      all,
      known.map((place, i) => (place === -1 ? seen.media.length + fresh.indexOf(i) : place)),
    );
  }

  /** @internal A reading of a prompt that begins behind the words which it shares with the last one. */
  reader(flamingo: Flamingo, prompt: PromptText): Reader {
    const count = this.sharedTokens(flamingo, prompt);
    const first = (x: Tensor | null): Tensor | null => x?.slice([[null], [null, count]]) ?? null;
    const known =
      count > 0 && this.text
        ? this.text.cache.map(({ keys, values }) => ({ keys: first(keys), values: first(values) }))
        : [];
    return new Reader(flamingo, prompt, { count, cache: known }, (cache) => {
      forget(this.text?.cache ?? null);
      this.text = prompt.ids.length > FEW_ROWS ? { ...prompt, cache } : null;
    });
  }

  /** How many tokens the prompt begins with that the last one began with, and that are read alike in both. */
  private sharedTokens({ config }: Flamingo, { ids, imageTokens, media }: PromptText): number {
    const { text: before } = this;
    // ALiBi counts from the last token, and the number of latents decides how keys and values of pictures are added up.
    if (!before || config.languageModel.positions?.kind === 'alibi') return 0;
    if (before.media.length !== media.length) return 0;
    const other = media.findIndex((one, i) => !same(one, before.media[i] as Medium));
    const seesAhead = config.attend === 'next' || config.beforeFirst === 'mean';
    if (other >= 0 && seesAhead) return 0;
    const most = Math.min(before.ids.length, ids.length - FEW_ROWS - 1);
    let [count, images] = [0, 0];
    while (count < most && ids[count] === before.ids[count]) {
      if (imageTokens[count] === 1 && images++ === other) break;
      count++;
    }
    return count;
  }
}
inspectedAs(SharedBeginning, (shared) => shared.toString());

/** @throws ArgumentError for what is given in its place */
export function requireShared(operation: string, given: unknown): void {
  if (given !== undefined && !(given instanceof SharedBeginning))
    throw new ArgumentError(operation, `shared is ${shown(given)}; expected a SharedBeginning`);
}

/** One reading of a prompt, of which the first tokens are known. */
export class Reader {
  readonly decoder: Decoder;
  private readonly known: readonly KeyValueCache[];
  private readonly kept: (cache: readonly KeyValueCache[]) => void;
  private read: readonly KeyValueCache[] = [];

  constructor(
    flamingo: Flamingo,
    { ids, imageTokens }: PromptText,
    { count, cache }: { readonly count: number; readonly cache: readonly KeyValueCache[] },
    kept: (cache: readonly KeyValueCache[]) => void,
  ) {
    this.known = cache;
    this.kept = kept;
    const { device, imageToken, endOfDocument, generatedImages } = flamingo;
    const ends = ids.map((id) => (id === endOfDocument ? 1 : 0));
    const seen = mediaSeenAfter(imageTokens.slice(0, count), ends.slice(0, count));
    const rest = (x: Tensor): Tensor => x.slice([[null], [count, null]]);
    const next = (inputs: DecodingInputs, logits: number): Tensor => {
      if (inputs.cache[0]?.keys) return flamingo.next(inputs, logits); // a token after the prompt
      this.read = inputs.cache;
      if (count === 0) return flamingo.next(inputs, logits);
      inputs.cache.forEach((layer, i) => void Object.assign(layer, cache[i]));
      const imagesBefore = tensor(device, Float32Array.of(seen), [1, 1]);
      const parts = { ids: rest(inputs.ids), imageTokens: rest(inputs.imageTokens), imagesBefore };
      return flamingo.next({ ...inputs, ...parts }, logits);
    };
    this.decoder = {
      ...{ device, imageToken, endOfDocument, generatedImages, next },
      newCache: () => flamingo.newCache(),
      remember: (latents) => flamingo.remember(latents),
      sight: (inputs) => flamingo.sight(inputs),
    };
  }

  /** Holds what was read for the next prompt; before the first token is generated, with which it is given back. */
  keep(): void {
    this.kept(
      this.read.map(({ keys, values }) => ({ keys: keys?.detach() ?? null, values: values?.detach() ?? null })),
    );
  }

  dispose(): void {
    forget(this.known);
  }
}
