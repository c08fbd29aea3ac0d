import type { JSX } from 'preact';
import { readable } from '../../inspect/figures/words.ts';
import { FigureFrame } from './figure-tools.tsx';
import { Num } from './num.tsx';
import { problems, view } from './store.ts';
import { t } from './texts.ts';

/** The caption, and the likeliest tokens with the marks of where they stood in the untouched model. */
export function AnswerPanel(): JSX.Element {
  const answer = view('answer');
  const problem = problems.value.answer;
  if (problem) return <Problem message={problem.message} />;
  if (!answer) return <p class="quiet">{t('opening')}</p>;
  const { text, before, top } = answer.view;
  return (
    <section class={answer.stale ? 'answer stale' : 'answer'} aria-labelledby="answer-title">
      <h2 id="answer-title">{t('answer')}</h2>
      <p class="caption" lang={/[가-힣]/.test(text) ? 'ko' : 'en'}>
        {text || t('nothing')}
      </p>
      <p class="quiet was">{text === before ? t('same') : t('before', { text: before || t('nothing') })}</p>
      <FigureFrame name="answer">
        <table class="chances">
          <caption class="hidden">{t('next')}</caption>
          <thead class="hidden">
            <tr>
              <th scope="col">{t('token')}</th>
              <th scope="col">{t('probability')}</th>
              <th scope="col">{t('untouched')}</th>
            </tr>
          </thead>
          <tbody>
            {top.map(({ id, token, probability, before: was }, i) => (
              <tr key={id}>
                <th scope="row">{readable(token)}</th>
                <td class="bar">
                  <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="now" x="0" y="1" width={100 * probability} height="8" />
                    <rect class="mark" x={Math.min(98.5, 100 * was)} y="0" width="1.5" height="10" />
                  </svg>
                </td>
                <td class="number">
                  <Num at={`answer.top.${i}.probability`} value={probability} as="percent" />
                </td>
                <td class="hidden">
                  <Num at={`answer.top.${i}.before`} value={was} as="percent" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <p class="quiet small">{t('beforeMark')}</p>
      </FigureFrame>
    </section>
  );
}

export function Problem({ message }: { message: string }): JSX.Element {
  return (
    <p class="problem" role="alert">
      {t('failed', { message })}
    </p>
  );
}

/** At the bottom of a narrow page, so that a moved slider and its effect are on screen together. */
export function AnswerBar(): JSX.Element | null {
  const answer = view('answer');
  if (!answer) return null;
  const { text, top } = answer.view;
  return (
    <div class={answer.stale ? 'answer-bar stale' : 'answer-bar'} aria-hidden="true">
      <strong>{text || t('nothing')}</strong>
      {top.slice(0, 3).map(({ id, token, probability }) => (
        <span key={id}>
          {readable(token)} {(100 * probability).toFixed(1)}
        </span>
      ))}
    </div>
  );
}
