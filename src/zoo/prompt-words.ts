/** How public models write what a prompt of ours says: pictures and ends of chunks as words of one text. */

import type { PromptWords } from '../model/prompt.ts';
import type { DialectName } from './dialects.ts';

const FAKE = '<fake_token_around_image>';

/** Null where a prompt is a sequence of tokens, as this project's own model reads it. */
export const PROMPT_WORDS: Readonly<Record<DialectName, PromptWords | null>> = {
  paper: null,
  flamingoPytorch: null,
  /** open_flamingo/eval/models/open_flamingo.py: get_caption_prompt */
  openFlamingo: { image: '<image>', endOfChunk: '<|endofchunk|>', caption: 'Output:' },
  /** flamingo_mini/modeling_flamingo.py: generate_captions */
  flamingoMini: { image: '<image>', endOfChunk: '<EOC>', caption: '' },
  /** transformers, IdeficsProcessor */
  idefics: { image: `${FAKE}<image>${FAKE}`, endOfChunk: '<end_of_utterance>', caption: '', merged: FAKE },
};
