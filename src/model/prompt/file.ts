/** Prompts as text: one JSON object (JSON), or one a line (JSONL). */

import { repeatedKey } from '../../files/json-keys.ts';
import { firstJsonError, jsonFault } from '../../files/json-position.ts';
import { quote } from '../../files/quote.ts';
import { type Prompt, PromptError, parsePrompt } from '../prompt.ts';

/** A line of a JSONL file: its prompt, or why it is not valid. */
export type PromptLine = { readonly line: number } & ({ readonly prompt: Prompt } | { readonly error: PromptError });

/** @throws PromptError for malformed JSON, with its line, and for what `parsePrompt` refuses */
export function readPromptJson(text: string): Prompt {
  return parsePrompt(parseJson(withoutByteOrderMark(text)));
}

/** Blank lines are skipped; a bad line does not spoil the others. @throws PromptError when there is no line at all */
export function readPromptLines(text: string): PromptLine[] {
  const lines = withoutByteOrderMark(text).split('\n');
  const prompts = lines.flatMap((content, i) => (content.trim() === '' ? [] : [readLine(content, i + 1)]));
  if (prompts.length === 0) throw new PromptError('the file', 'is empty', 'one prompt a line');
  return prompts;
}

function readLine(content: string, line: number): PromptLine {
  try {
    return { line, prompt: parsePrompt(parseJson(content, line - 1)) };
  } catch (error) {
    if (error instanceof PromptError) return { line, error };
    throw error;
  }
}

/** `JSON.parse` whose error names the line. @throws PromptError */
export function parseJson(text: string, linesBefore = 0): unknown {
  if (text.trim() === '') throw new PromptError('the file', 'is empty', 'a prompt in JSON');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError))
      throw new PromptError('the prompt', 'is nested too deeply', 'a prompt in JSON');
    const line = linesBefore + (firstJsonError(text)?.line ?? 1);
    throw new PromptError('the prompt', `is not JSON: ${jsonFault(text, linesBefore)}`, 'a prompt in JSON', line);
  }
  const twice = repeatedKey(text);
  if (twice !== undefined)
    throw new PromptError('the prompt', `has the key ${quote(twice)} twice in one object`, 'each key once');
  return value;
}

function withoutByteOrderMark(text: string): string {
  return text.replace(/^\ufeff/, '');
}
