import type { RenameRule, RenameTable } from './rename.ts';

/** Where a format keeps a language model, and what of the model decides how. Prefixes are empty or end with a dot. */
export interface DecoderPlace {
  /** Prefix of our `LanguageModel`. */
  readonly ours: string;
  /** Prefix of theirs: what transformers calls the base model, `model.` or `transformer.` with what stands before. */
  readonly base: string;
  /** Between the number of a layer and the names in it; empty in transformers, `decoder_layer.` in OpenFlamingo. */
  readonly layer: string;
  /** Prefix of the head; empty in transformers. */
  readonly head: string;
  /** Heads of attention. */
  readonly heads: number;
  /** True if the head is the embedding table. */
  readonly tied: boolean;
}

/** The names of one kind of language model. */
export type DecoderNames = (place: DecoderPlace) => RenameTable;

/** A head named `theirs`. Where it is tied, files may hold the one table under either name or under both. */
export const headNames = (place: DecoderPlace, theirs: string): RenameRule =>
  place.tied
    ? { ours: `${place.ours}embedding.weight`, theirs: `${place.head}${theirs}.weight`, alias: true }
    : { ours: `${place.ours}toLogits.**`, theirs: `${place.head}${theirs}.**` };

/** The three maps of `attention`, in the order in which formats stack them. */
export const stackedQueryKeyValue = (attention: string, leaf: string): string[] =>
  ['toQ', 'toK', 'toV'].map((name) => `${attention}.${name}.${leaf}`);
