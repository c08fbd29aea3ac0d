import type { JSX } from 'preact';
import type { Problem as ProblemOf } from '../protocol.ts';
import { MEANING } from './meaning.ts';
import { fields } from './store.ts';
import { t } from './texts.ts';

/** What an error means, in the page's language. */
export const meaningOf = ({ name }: Pick<ProblemOf, 'name'>): string => t(MEANING[name] ?? 'problemOther');

/** The library's own sentence, and its language: some are English alone. */
const sentenceOf = ({ message, korean }: ProblemOf): [sentence: string, lang: 'en' | 'ko'] =>
  fields.lang.value === 'ko' && korean ? [korean, 'ko'] : [message, 'en'];

/** What an error means, and the library's own sentence. */
export function Said({ problem }: { problem: ProblemOf }): JSX.Element {
  const [sentence, lang] = sentenceOf(problem);
  return (
    <>
      {meaningOf(problem)}
      {sentence ? ': ' : ''}
      <span lang={lang}>{sentence}</span>
    </>
  );
}

/** The same as a text. */
export const saidOf = (problem: ProblemOf): string => `${meaningOf(problem)}: ${sentenceOf(problem)[0]}`;

/** An error where its cause is. What is wrong with the prompt is said once, by its cards, not in every panel that it stops. */
export function Problem({ problem, ofPrompt = false }: { problem: ProblemOf; ofPrompt?: boolean }): JSX.Element | null {
  if (problem.name === 'PromptError' && !ofPrompt) return null;
  return (
    <p class="problem" role="alert">
      <Said problem={problem} />
    </p>
  );
}
