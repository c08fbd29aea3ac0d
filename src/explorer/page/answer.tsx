import type { JSX } from 'preact';
import { readable } from '../../inspect/figures/words.ts';
import { FigureFrame } from './figure-tools.tsx';
import { Num } from './num.tsx';
import { meaningOf, Problem } from './problem.tsx';
import { promptProblem } from './prompt.tsx';
import { classOf, problems, view } from './store.ts';
import { t, withParts } from './texts.ts';

const PANEL = classOf('answer', 'answer');
const BAR = classOf('answer', 'answer-bar');

/** The caption, and the likeliest tokens with the marks of where they stood in the untouched model. */
export function AnswerPanel(): JSX.Element {
  const answer = view('answer');
  const problem = problems.value.answer;
  if (problem && !promptProblem()) return <Problem problem={problem} />;
  if (problem) return <p class="quiet">{t('noAnswer')}</p>;
  if (!answer) return <p class="quiet">{t('opening')}</p>;
  const { text, before, temperature, top } = answer.view;
  return (
    <section class={PANEL} aria-labelledby="answer-title">
      <h2 id="answer-title">{t('answer')}</h2>
      <p class="caption" lang={/[가-힣]/.test(text) ? 'ko' : 'en'}>
        {text || t('nothing')}
      </p>
      <p class="quiet was">{text === before ? t('same') : t('before', { text: before || t('nothing') })}</p>
      <FigureFrame name="answer">
        <table class="chances">
          <caption>{t('next')}</caption>
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
                    <line class="mark" x1={100 * was} x2={100 * was} y1="0" y2="10" />
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
        <p class="quiet small">
          {t('beforeMark')}{' '}
          {withParts('tempered', { t: <Num at="answer.temperature" value={temperature} as="significant" /> })}
        </p>
      </FigureFrame>
    </section>
  );
}

/** At the bottom of a narrow page, so that a moved slider and its effect are on screen together. */
export function AnswerBar(): JSX.Element | null {
  const answer = view('answer');
  const problem = problems.value.answer;
  if (problem) return <div class="answer-bar problem">{meaningOf(problem)}</div>;
  if (!answer) return null;
  const { text, top } = answer.view;
  return (
    <div class={BAR} aria-hidden="true">
      <strong>{text || t('nothing')}</strong>
      {top.slice(0, 3).map(({ id, token, probability }, i) => (
        <span key={id}>
          {readable(token)} <Num at={`answer.top.${i}.probability`} value={probability} as="percent" />
        </span>
      ))}
    </div>
  );
}
