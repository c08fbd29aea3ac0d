/** What each public Flamingo adds to the tokenizer of its language model, and which token plays which part. */

import type { NamedTokens } from '../model/tokenizer/files.ts';
import type { TokenizerSetup } from '../model/tokenizer.ts';
import { requireOptions } from '../tensor/index.ts';

const NAMED_TOKENS = 'bos eos pad unk';

const special = (content: string) => ({ content, special: true });

/**
 * open_flamingo 2.0.1, `create_model_and_transforms`: the two tokens, then `<PAD>` if the language model has no pad.
 * MPT: 50277, 50278, 50279; LLaMA: 32000, 32001, 32002.
 */
export function openFlamingoTokens(named: NamedTokens): TokenizerSetup {
  requireOptions('openFlamingoTokens', named, NAMED_TOKENS);
  const { bos, eos, pad } = named;
  const eoc = '<|endofchunk|>';
  const padding = pad ?? '<PAD>';
  const added = [eoc, '<image>', ...(pad === undefined ? [padding] : [])].map(special);
  return { added, roles: { eoc, image: '<image>', pad: padding, bos: bos ?? eos ?? padding } };
}

/**
 * flamingo-mini 8a8feae, `FlamingoProcessor`: only `<EOC>` is added, as an ordinary token, and the end of text pads.
 * `<image>` stays text: an image is where the text has `<`, with or without a space before it.
 */
export function flamingoMiniTokens(named: NamedTokens): TokenizerSetup {
  requireOptions('flamingoMiniTokens', named, NAMED_TOKENS);
  const { bos, eos = '</s>' } = named;
  const added = [{ content: '<EOC>', special: false }];
  return { added, roles: { eoc: '<EOC>', image: '<', imageTexts: [' <'], pad: eos, bos: bos ?? eos } };
}

/**
 * IDEFICS (transformers 4.57.6): its tokenizer.json holds them already, 32000 to 32002, the last in `-instruct` only,
 * where it ends a turn; else `</s>` ends a text. `<unk>` pads.
 */
export function ideficsTokens(named: NamedTokens, kind: { readonly instruct: boolean }): TokenizerSetup {
  requireOptions('ideficsTokens', named, NAMED_TOKENS);
  requireOptions('ideficsTokens', kind, 'instruct');
  const { bos = '<s>', eos = '</s>', pad = '<unk>' } = named;
  const { instruct } = kind;
  const eoc = instruct ? '<end_of_utterance>' : eos;
  const added = ['<fake_token_around_image>', '<image>', ...(instruct ? [eoc] : [])].map(special);
  return { added, roles: { eoc, image: '<image>', pad, bos } };
}
