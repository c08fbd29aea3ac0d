/** Hugging Face's language models: which names each kind gives, and where its base model lies. */

import { requireKinds } from '../../files/kinds.ts';
import { requireOptions, requireWord } from '../../tensor/options.ts';
import type { DecoderNames, DecoderPlace } from './decoder-names.ts';
import { gptJNames } from './gpt-j.ts';
import { gptNeoXNames } from './gpt-neox.ts';
import { gpt2Names } from './gpt2.ts';
import { llamaNames } from './llama.ts';
import { mosaicGptNames, mptNames } from './mpt.ts';
import { optNames } from './opt.ts';
import type { RenameTable } from './rename.ts';

interface Kind {
  readonly names: DecoderNames;
  /** Prefix of the base model in the model with a head. */
  readonly base: string;
  /** Its list of layers, within the base model. */
  readonly layers: string;
}

/** The `model_type` of their config.json. */
export type LanguageModelKind = 'gpt2' | 'gpt_neox' | 'gptj' | 'llama' | 'mosaic_gpt' | 'mpt' | 'opt';

const KINDS: Readonly<Record<LanguageModelKind, Kind>> = {
  opt: { names: optNames, base: 'model.', layers: 'decoder.layers' },
  gpt2: { names: gpt2Names, base: 'transformer.', layers: 'h' },
  gptj: { names: gptJNames, base: 'transformer.', layers: 'h' },
  gpt_neox: { names: gptNeoXNames, base: 'gpt_neox.', layers: 'layers' },
  llama: { names: llamaNames, base: 'model.', layers: 'layers' },
  mosaic_gpt: { names: mosaicGptNames, base: 'transformer.', layers: 'blocks' },
  mpt: { names: mptNames, base: 'transformer.', layers: 'blocks' },
};

/** @throws ArgumentError for another kind */
function kindOf(kind: LanguageModelKind): Kind {
  requireWord('languageModelNames', 'the kind', kind, 'gpt2|gpt_neox|gptj|llama|mosaic_gpt|mpt|opt');
  return KINDS[kind];
}

/** Where a kind keeps its layers: `model.decoder.layers` of OPT. Without `base`, within the base model. */
export function layersPath(kind: LanguageModelKind, base: string = kindOf(kind).base): string {
  return base + kindOf(kind).layers;
}

/**
 * Our `LanguageModel` in the names of a kind. The default is a file of transformers: nothing before or in between.
 * OpenFlamingo puts `lang_encoder.` before and `decoder_layer.` between the number of a layer and its parts.
 */
export function languageModelNames(
  kind: LanguageModelKind,
  config: { readonly heads: number; readonly tied?: boolean },
  named: LanguageModelPlace = {},
): RenameTable {
  requireKinds('languageModelNames', { config }, '{heads}');
  const { heads, tied = true } = config;
  requireOptions('languageModelNames', named, 'ours before base layer');
  requireKinds('languageModelNames', { heads }, 'count');
  const { ours = '', before = '', base = before + kindOf(kind).base, layer = '' } = named;
  const place: DecoderPlace = { ours, base, layer, head: before, heads, tied };
  return kindOf(kind).names(place);
}

export interface LanguageModelPlace {
  /** Prefix of our names, such as `languageModel.` */
  readonly ours?: string;
  /** Prefix of all their names, such as `lang_encoder.` */
  readonly before?: string;
  /** Prefix of the base model, with `before`; default that of transformers' model with a head. */
  readonly base?: string;
  /** Between the number of a layer and its parts, such as `decoder_layer.` */
  readonly layer?: string;
}

/** The same for a file whose names are given: released files of GPT-2 and some of OPT hold the base model alone. */
export function languageModelNamesOf(
  names: readonly string[],
  kind: LanguageModelKind,
  config: { readonly heads: number; readonly tied?: boolean },
  ours = '',
): RenameTable {
  requireKinds('languageModelNamesOf', { names, config, ours }, 'texts {heads} text');
  const { base } = kindOf(kind);
  const whole = names.some((name) => name.startsWith(base));
  return languageModelNames(kind, config, whole ? { ours } : { ours, base: '' });
}
