import { effect, signal } from '@preact/signals';
import type { JSX } from 'preact';
import { percent } from '../../inspect/figures/numbers.ts';
import { readable } from '../../inspect/figures/words.ts';
import { view } from './store.ts';
import { t } from './texts.ts';

const REST = 500;
const said = signal('');
let timer: ReturnType<typeof setTimeout> | undefined;

effect(() => {
  const answer = view('answer');
  if (!answer || answer.stale) return;
  const { text, top } = answer.view;
  const first = top[0];
  const words = `${t('answer')}: ${text || t('nothing')}${first ? `, ${readable(first.token)} ${percent(first.probability)}` : ''}`;
  clearTimeout(timer);
  timer = setTimeout(() => {
    said.value = words;
  }, REST);
});

/** What a screen reader hears of a result: once, after a rest. */
export function Spoken(): JSX.Element {
  return (
    <p class="hidden" role="status" aria-live="polite">
      {said.value}
    </p>
  );
}
