/** Which of the known formats a file of weights is in, told by the names of its tensors. */

import type { StateSource } from '../../files/checkpoint-source.ts';
import type { LanguageModelKind } from './language-models.ts';
import { part } from './rename.ts';

export type CheckpointLayout =
  | { readonly layout: 'openflamingo' }
  /** Names begin with `prefix`, then `resampler.` and `lm.`. */
  | { readonly layout: 'flamingo-mini'; readonly prefix: string }
  | { readonly layout: 'idefics' }
  /** A module of flamingo-pytorch by itself. */
  | { readonly layout: 'flamingo-pytorch'; readonly module: 'resampler' | 'block' }
  /** CLIP, its vision tower at `prefix`. */
  | { readonly layout: 'clip'; readonly names: 'hugging-face' | 'openai'; readonly prefix: string }
  | { readonly layout: 'language-model'; readonly kind: LanguageModelKind };

/** Where training programs put a model: only what is there counts, not their optimisers. */
const WRAPPERS = ['model_state_dict.', 'state_dict.'];
/** Modules that hold the real one: DistributedDataParallel's around everything, FSDP's and compile's anywhere. */
const AROUND = 'module.';
const WITHIN = /(^|\.)(?:_fsdp_wrapped_module|_checkpoint_wrapped_module|_orig_mod)(?=\.)/g;

/** The tensors of the model itself, by the names that they have in it. */
export function unwrapped(source: StateSource): StateSource {
  const wrapper = WRAPPERS.find((prefix) => source.names.some((name) => name.startsWith(prefix)));
  if (wrapper !== undefined) return unwrapped(part(source, wrapper));
  const { names } = source;
  if (names.length > 0 && names.every((name) => name.startsWith(AROUND))) return unwrapped(part(source, AROUND));
  if (!names.some((name) => name.search(WITHIN) >= 0)) return source;
  const theirs = new Map(names.map((name) => [name.replace(WITHIN, '').replace(/^\./, ''), name]));
  const of = (name: string): string => theirs.get(name) ?? name;
  return unwrapped({
    names: [...theirs.keys()],
    info: (name) => source.info(of(name)),
    read: (name) => source.read(of(name)),
    readStored: (name) => source.readStored?.(of(name)) ?? source.read(of(name)),
  });
}

/** Null for a file of another format. */
export function layoutOf(names: readonly string[]): CheckpointLayout | null {
  const has = (name: string): boolean => names.includes(name);
  const prefixOf = (pattern: RegExp): string | undefined =>
    names.map((name) => pattern.exec(name)?.[1]).find((prefix) => prefix !== undefined);
  if (has('model.perceiver_resampler.latents')) return { layout: 'idefics' };
  const mini = prefixOf(/^(.*?)(?:resampler\.time_pos_emb|lm\..*\.xattn_block\.alpha_attn)$/);
  if (mini !== undefined) return { layout: 'flamingo-mini', prefix: mini };
  if (has('perceiver.latents') || names.some((name) => name.includes('.gated_cross_attn_layer')))
    return { layout: 'openflamingo' };
  if (has('latents') && has('layers.0.0.norm_media.weight')) return { layout: 'flamingo-pytorch', module: 'resampler' };
  if (has('attn_gate') && has('attn.to_q.weight')) return { layout: 'flamingo-pytorch', module: 'block' };
  const vision = visionOf(names);
  if (vision) return { layout: 'clip', ...vision };
  const kind = languageModelOf(names);
  return kind ? { layout: 'language-model', kind } : null;
}

/** Where a file, of whatever format, holds CLIP's vision tower; `prefix` is what stands before its names. */
export function visionOf(
  names: readonly string[],
): { readonly names: 'hugging-face' | 'openai'; readonly prefix: string } | undefined {
  for (const name of names) {
    const huggingFace = /^(.*)vision_model\.embeddings\.class_embedding$/.exec(name)?.[1];
    if (huggingFace !== undefined) return { names: 'hugging-face', prefix: huggingFace };
    const openAi = /^(.*)class_embedding$/.exec(name)?.[1];
    if (openAi !== undefined && names.includes(`${openAi}conv1.weight`)) return { names: 'openai', prefix: openAi };
  }
  return undefined;
}

/** Each with a tensor that only it has, wherever a Flamingo keeps its language model; the first that fits counts. */
const MARKS: readonly (readonly [LanguageModelKind, RegExp])[] = [
  ['opt', /(^|\.)decoder\.(embed_tokens\.|layers\.\d+\.)/],
  ['gpt_neox', /(^|\.)(embed_in|embed_out)\.|(^|\.)gpt_neox\./],
  ['gpt2', /(^|\.)h\.\d+\.(.*\.)?attn\.c_attn\./],
  ['gptj', /(^|\.)h\.\d+\.(.*\.)?attn\.q_proj\./],
  ['mpt', /(^|\.)blocks\.\d+\.(.*\.)?norm_1\./],
  ['mosaic_gpt', /(^|\.)blocks\.\d+\.(.*\.)?ln_1\./],
  ['llama', /(^|\.)layers\.\d+\.(.*\.)?self_attn\.q_proj\./],
  // OpenFlamingo's own files hold nothing of the layers themselves but where they are.
  ['mpt', /^lang_encoder\.transformer\.blocks\./],
  ['gptj', /^lang_encoder\.transformer\.h\./],
  ['llama', /^lang_encoder\.model\.(layers|embed_tokens)\./],
];

/** The kind of the language model that these names belong to, or contain. */
export function languageModelOf(names: readonly string[]): LanguageModelKind | undefined {
  return MARKS.find(([, mark]) => names.some((name) => mark.test(name) && !name.includes('vision_model.')))?.[0];
}
