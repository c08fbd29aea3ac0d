import { createHash } from 'node:crypto';
import type { Checkpoint } from '../src/files/checkpoint-source.ts';

/** SHA-256 of what training on clips left as it was: the vision encoder and the language model but for its embedding. */
export async function frozenHash(weights: Pick<Checkpoint, 'names' | 'readBytes'>): Promise<string> {
  const hash = createHash('sha256');
  const trained = /^(perceiver|lang_encoder\.gated_cross_attn_layers|.*gated_cross_attn_layer\.|.*embed_tokens\.)/;
  for (const name of [...weights.names].filter((each) => !trained.test(each)).sort())
    hash.update(name).update(await weights.readBytes(name));
  return hash.digest('hex');
}
