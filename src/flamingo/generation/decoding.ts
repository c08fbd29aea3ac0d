/**
 * Reading token by token: a batch of rows with what the model keeps of each.
 *
 * r rows, n new tokens, m tokens read so far and new ones
 */

import type { KeyValueCache } from '../../nn/index.ts';
import { requireArray, shown } from '../../tensor/errors.ts';
import type { Device, Tensor } from '../../tensor/index.ts';
import { ArgumentError, heed, indexSelect, NonFiniteError, requireOptions, scope, tensor } from '../../tensor/index.ts';
import { mediaSeenAfter } from '../dialects/documents.ts';
import type { BlockMemory, MediaMemory } from '../gated-cross-attention.ts';
import type { MediaMask } from '../media-mask.ts';

/** What a model is given for new tokens of every row. */
export interface DecodingInputs {
  /** int32 [r, n] */
  readonly ids: Tensor;
  /** [r, m]; null without padding. */
  readonly attentionMask: Tensor | null;
  /** Keys and values of the tokens so far, one entry a layer. */
  readonly cache: KeyValueCache[];
  /** What the model made of the pictures, of every row or of all rows together; null for a model of text alone. */
  readonly memory: MediaMemory | null;
  /** How many pictures each row has seen before the new tokens: [r, 1]. */
  readonly imagesBefore: Tensor;
  /** 1 where a new token announces another: [r, n]. */
  readonly imageTokens: Tensor;
  /** True if a row announces a picture here or has announced one before. */
  readonly announced?: boolean;
  /** What `sight` made of all this for a token before; null where it did not. */
  readonly sight?: MediaMask | null;
}

/** What a generated `<image>` does: `FlamingoConfig` says which implementation does what. */
export type GeneratedImages = 'counts' | 'resets' | 'kept';

/** What generation needs of a model, whatever is inside. */
export interface Decoder {
  readonly device: Device;
  newCache(): KeyValueCache[];
  /** What it makes of resampled pictures [r, pictures, latents, width], or of none, once for all tokens. */
  remember?(latents: Tensor | null): MediaMemory | null;
  /** Logits after each of the last `count` new tokens, [r, count, vocabulary]; extends the cache in place. */
  next(inputs: DecodingInputs, count: number): Tensor;
  /** Which pictures new tokens see, once for all that follow each other with none between. */
  sight?(inputs: DecodingInputs): MediaMask;
  /** True if `next` derives gradients, for which all that it computes must be kept until it ends. Default false. */
  readonly derives?: boolean;
  /** Id of `<image>`, null for a model of text alone. */
  readonly imageToken: number | null;
  /** Id of the token after which nothing is seen until the next `<image>`, if there is one. */
  readonly endOfDocument?: number | null;
  /** Default `counts`. */
  readonly generatedImages?: GeneratedImages;
}

/** Prompts to go on from: rows may differ in length. */
export interface DecodingPrompt {
  /** Token ids of each row; rows may differ in length. */
  readonly ids: readonly (readonly number[])[];
  /** Resampled pictures of every row, [rows, pictures, latents, width]; stays the caller's. */
  readonly latents?: Tensor | null;
  /** What the model remembers of them, in their place; stays the caller's. */
  readonly memory?: MediaMemory | null;
  /** 1 for every token that announces a picture; default where it is `<image>`. */
  readonly imageTokens?: readonly (readonly number[])[] | null;
  /** The same prompt as this model has read it before, which is then not read again; stays the caller's. */
  readonly read?: ReadPrompt | null;
}

/** A prompt that was read: its rows, and the logits of every row's next token. */
export interface ReadPrompt {
  readonly decoding: Decoding;
  readonly first: readonly Float32Array[];
}

/** Reads a prompt, or goes on from a copy of one that was read, and gives back the memory of its rows in the end. */
export async function reading<T>(
  model: Decoder,
  prompt: DecodingPrompt,
  signal: AbortSignal | undefined,
  use: (read: ReadPrompt) => Promise<T>,
): Promise<T> {
  requireOptions('the prompt', prompt, 'ids latents memory imageTokens read');
  const { read, ids, imageTokens, ...parts } = prompt;
  requireArray('the prompt', 'ids', ids);
  for (const row of ids) requireArray('the prompt', 'a row of ids', row);
  const decoding = read?.decoding.fork([...ids.keys()]) ?? new Decoding(model, ids.length, { ...parts, signal });
  try {
    const first = read?.first ?? (await decoding.start(ids, imageTokens ?? undefined));
    return await use({ decoding, first });
  } finally {
    decoding.dispose();
  }
}

/** What rows have beside their text. */
export type DecodingParts = Pick<DecodingPrompt, 'latents' | 'memory'> & {
  /** Heeded before every reading; one that has begun is finished. */
  readonly signal?: AbortSignal | undefined;
};

/** Rows that are read together. Each `read` releases what the last one left, so memory grows with the text only. */
export class Decoding {
  private cache: KeyValueCache[];
  private memory: MediaMemory | null;
  private sight: MediaMask | null = null; // of the last token, where the next sees the same
  private seen: number[][] = []; // attention mask of what was read
  private images: number[];
  private readonly model: Decoder;
  private readonly generatedImages: GeneratedImages;
  private readonly signal: AbortSignal | undefined;

  /** @throws ArgumentError when there are pictures of another number of rows */
  constructor(model: Decoder, rows: number, { latents = null, memory = null, signal }: DecodingParts = {}) {
    if (typeof model?.newCache !== 'function')
      throw new ArgumentError('generate', `the model is ${shown(model)}; expected a Flamingo or a LanguageModel`);
    if (latents && latents.shape[0] !== rows)
      throw new ArgumentError('Decoding', `${latents.shape[0]} rows of pictures for ${rows} rows of text`);
    this.model = model;
    this.generatedImages = model.generatedImages ?? 'counts';
    this.cache = model.newCache();
    const own = (): MediaMemory | null => (memory ? viewOf(memory) : (model.remember?.(latents) ?? null));
    this.memory = scope(model.device, own, { noGrad: true });
    this.signal = signal;
    this.images = new Array<number>(rows).fill(0);
    this.seen = this.images.map(() => []);
  }

  /** Reads prompts, padded on the left to one length. Gives the logits of every row's next token. */
  start(
    prompts: readonly (readonly number[])[],
    imageTokens: readonly (readonly number[])[] = this.imageTokensIn(prompts),
  ): Promise<Float32Array[]> {
    const longest = Math.max(...prompts.map((ids) => ids.length));
    const padded = (row: readonly number[], value: number): number[] =>
      Array.from({ length: longest }, (_, i) => row.at(i - longest) ?? value);
    return this.read(
      prompts.map((ids) => padded(ids, 0)),
      prompts.map((ids) => padded(new Array<number>(ids.length).fill(1), 0)),
      1,
      imageTokens.map((row) => padded(row, 0)),
    );
  }

  /**
   * Reads the same number of new tokens in every row; `mask` is 0 where a token is padding. Gives every row's logits after
   * each of its last `count` tokens, one after the other.
   * @throws NonFiniteError when one of them is NaN or infinite, and what the signal was aborted with
   */
  async read(
    rows: readonly (readonly number[])[],
    mask: readonly (readonly number[])[] = rows.map((ids) => ids.map(() => 1)),
    count = 1,
    imageTokens: readonly (readonly number[])[] = this.imageTokensIn(rows),
  ): Promise<Float32Array[]> {
    await heed(this.signal);
    const { device } = this.model;
    this.seen = this.seen.map((row, i) => [...row, ...(mask[i] ?? [])]);
    const padded = this.seen.some((row) => row.includes(0));
    if (this.generatedImages === 'resets' && imageTokens.some((row) => row.includes(1))) this.images.fill(0);
    const images = this.images.map((before, i) => this.imagesAfter(rows[i] ?? [], imageTokens[i] ?? [], before));
    const alike = rows[0]?.length === 1 && images.join() === this.images.join(); // sees what the next token sees too
    const read = (): { logits: Tensor; cache: KeyValueCache[]; sight: MediaMask | null } => {
      const cache = this.cache.map((layer) => ({ ...layer }));
      const shape = [rows.length, rows[0]?.length ?? 0];
      const inputs = {
        ids: tensor(device, rows.flat(), shape, 'int32'),
        attentionMask: padded ? tensor(device, this.seen) : null,
        cache,
        memory: this.memory,
        imagesBefore: tensor(device, Float32Array.from(this.images), [rows.length, 1]),
        imageTokens: tensor(device, Float32Array.from(imageTokens.flat()), shape),
        announced: this.images.some((count) => count > 0) || imageTokens.some((row) => row.includes(1)),
      };
      const sight = alike && inputs.announced ? (this.sight ?? this.model.sight?.(inputs) ?? null) : null;
      return { logits: this.model.next({ ...inputs, sight }, count), cache, sight };
    };
    const { logits, cache, sight } = scope(device, read, { noGrad: !this.model.derives });
    forget(sight === this.sight ? this.cache : [...this.cache, this.sight]);
    Object.assign(this, { cache, images, sight });
    const data = (await logits.data()) as Float32Array;
    logits.dispose();
    if (!data.every(Number.isFinite))
      throw new NonFiniteError('the logits are NaN or infinite, so that no token can be chosen');
    const width = data.length / rows.length;
    return rows.map((_, i) => data.subarray(i * width, (i + 1) * width));
  }

  /** Goes on with these rows, in this order; a row may come several times. */
  select(rows: readonly number[]): void {
    if (rows.length === this.images.length && rows.every((row, i) => row === i)) return;
    const other = this.fork(rows);
    this.dispose();
    Object.assign(this, other);
  }

  /** A copy of these rows to go on with apart; the original stays as it is. Both want to be disposed of. */
  fork(rows: readonly number[]): Decoding {
    const { device } = this.model;
    const { cache, memory } = scope(device, () => {
      const index = tensor(device, Int32Array.from(rows));
      const take = (x: Tensor): Tensor => indexSelect(x, index, 0);
      return {
        cache: this.cache.map(({ keys, values }) => ({ keys: keys && take(keys), values: values && take(values) })),
        // What all rows share goes on being shared.
        memory: this.memory && viewOf(this.memory, (x) => (x.shape[0] === 1 ? x.detach() : take(x))),
      };
    });
    const stay = this.generatedImages === 'resets' && rows.length === this.images.length;
    const copy = new Decoding(this.model, rows.length, { memory: [], signal: this.signal });
    copy.memory = memory;
    copy.cache = cache;
    copy.images = stay ? [...this.images] : rows.map((row) => this.images[row] as number);
    copy.seen = rows.map((row) => this.seen[row] as number[]);
    return copy;
  }

  /** Gives the memory of what is kept back. */
  dispose(): void {
    for (const kept of [this.cache, this.memory, [this.sight]]) forget(kept);
    Object.assign(this, { cache: [], memory: null, sight: null });
  }

  /** Where these rows announce pictures. Where sight is kept, what follows the prompt announces none. */
  private imageTokensIn(rows: readonly (readonly number[])[]): number[][] {
    const generated = this.seen.some((row) => row.length > 0);
    const image = generated && this.generatedImages === 'kept' ? null : this.model.imageToken;
    return rows.map((ids) => ids.map((id) => (id === image ? 1 : 0)));
  }

  /** What a row has seen after these ids. Where sight is kept, an end that comes last is not yet behind anything. */
  private imagesAfter(ids: readonly number[], images: readonly number[], before: number): number {
    const { endOfDocument = null } = this.model;
    const ends = ids.map((id) => (id === endOfDocument ? 1 : 0));
    if (this.generatedImages === 'kept') ends[ends.length - 1] = 0;
    return mediaSeenAfter(images, ends, before);
  }
}

/** The same memory under tensors of one's own; `rows` picks rows of text. */
function viewOf(memory: MediaMemory, rows = (x: Tensor): Tensor => x.detach()): MediaMemory {
  return memory.map((block) => {
    if (!block) return null;
    const gates = { attentionGate: block.attentionGate.detach(), denseGate: block.denseGate.detach() };
    return { keys: rows(block.keys), values: rows(block.values), ...gates };
  });
}

/** Gives back what was kept of layers or tokens. */
export function forget(kept: readonly (KeyValueCache | BlockMemory | MediaMask | null)[] | null): void {
  for (const part of kept ?? []) for (const x of Object.values<Tensor | null>({ ...part })) x?.dispose();
}
