/** Where the model looked when it chose each word of its answer. */

import { requireKinds } from '../files/kinds.ts';
import { patchGrid } from '../flamingo/vision-encoder.ts';
import type { PictureSource } from '../model/image/source.ts';
import type { Model } from '../model/model.ts';
import { type Prompt, tokenise } from '../model/prompt.ts';
import { type OcclusionMap, occlusionMap } from './occlusion.ts';
import { PATCH_MAP_TAPS, type WordPatchMap, wordPatchMap } from './patch-map.ts';
import { ViewError } from './recorded.ts';

export interface AnswerWord {
  readonly text: string;
  readonly ids: readonly number[];
  /** Of the token before it, at which the word was chosen. */
  readonly map: WordPatchMap;
  /** By picture that the map shows: what covering its squares does to the word's first token. */
  readonly occlusions: readonly OcclusionMap[];
}

/**
 * A word is chosen at the token before it: the attention there is mapped to patches, and the probability of the word's
 * first token there is what occlusion changes. `progress` is called after each word.
 * @throws ViewError for a model without a vision encoder, and for an answer whose words the tokenizer reads as other tokens than
 * the model wrote, as happens at high temperatures; and what `model.answer` and `model.run` throw
 * @example
 * ```ts
 * const words = await answerWords(model, prompt); // where each word of the answer came from
 * ```
 */
export async function answerWords(
  model: Model,
  asked: Prompt<PictureSource>,
  progress: (done: number, all: number) => void = () => {},
): Promise<AnswerWord[]> {
  requireKinds('answerWords', { model, 'the prompt': asked, progress }, '{config,tokenizer} {sequence} function');
  const { sequence, generate } = asked;
  const { vision } = model.config.model;
  if (!vision) throw new ViewError('the model has no vision encoder: there are no patches to look at');
  const { ids } = await model.answer({ sequence, ...(generate && { generate }) });
  const [rows, columns] = patchGrid(vision);
  const groups = wordsOf(model, ids);
  const words: AnswerWord[] = [];
  for (const { text, ids } of groups) {
    const before = words.map((word) => word.text).join(' ');
    const read = before === '' ? sequence : [...sequence, { text: before }];
    requireSame(model, read, [...tokenise({ sequence }, model.tokenizer).ids, ...words.flatMap((word) => word.ids)]);
    const prompt = { sequence: read, generate: { maxTokens: 1 } }; // it need not leave room for more
    const run = await model.run(prompt, { capture: PATCH_MAP_TAPS });
    const last = (run.get('mask.text_time').shape[1] as number) - 1;
    const map = wordPatchMap(run, last, { rows, columns });
    const occlusions: OcclusionMap[] = [];
    for (const { image } of map.images)
      occlusions.push(await occlusionMap(model, prompt, { image, ...(ids[0] !== undefined && { id: ids[0] }) }));
    words.push({ text, ids, map, occlusions });
    progress(words.length, groups.length);
  }
  return words;
}

/** A map is of what the model wrote: a text that reads as other tokens would give another's. */
function requireSame({ tokenizer }: Model, sequence: Prompt<PictureSource>['sequence'], ids: readonly number[]): void {
  const read = tokenise({ sequence }, tokenizer).ids;
  if (read.join() === ids.join()) return;
  const text = JSON.stringify(sequence.map((item) => ('text' in item ? item.text : '')).at(-1));
  throw new ViewError(
    `the answer's words ${text} read as other tokens than the model wrote; expected a lower temperature`,
  );
}

/** Tokens of a text by word: a mark at its start tells a token that begins one. */
function wordsOf({ tokenizer }: Model, ids: readonly number[]): { text: string; ids: number[] }[] {
  const special = new Set<number>(Object.values(tokenizer.special));
  const groups: number[][] = [];
  for (const id of ids) {
    if (special.has(id)) continue;
    if (groups.length === 0 || /^[▁Ġ]/.test(tokenizer.token(id))) groups.push([id]);
    else groups.at(-1)?.push(id);
  }
  return groups.map((group) => ({ text: tokenizer.decode(group).trim(), ids: group }));
}
