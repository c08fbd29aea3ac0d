import type { JSX } from 'preact';
import { readable } from '../../inspect/figures/words.ts';
import { FigureFrame } from './figure-tools.tsx';
import { Scroll } from './scroll.tsx';
import { change, classOf, fields, view } from './store.ts';
import { t } from './texts.ts';

const CLASS = classOf('figure', 'ribbon');

/** Every token in the colour and with the number of the pictures that it sees. */
export function Ribbon(): JSX.Element | null {
  const figure = view('figure');
  if (!figure) return null;
  const { tokens, ribbon } = figure.view;
  const chosen = Math.min(fields.token.value ?? Number.POSITIVE_INFINITY, tokens.length - 1);
  const sight = (i: number): readonly number[] => ribbon.tokens[i]?.allowed ?? [];
  const says = (seen: readonly number[]): string =>
    seen.length === 0 ? t('seesNone') : t('seesPicture', { n: seen.map((image) => image + 1).join(', ') });
  return (
    <section class={CLASS} aria-labelledby="ribbon-title">
      <h2 id="ribbon-title">{t('ribbon')}</h2>
      <FigureFrame
        name="which-picture"
        table={() => (
          <Scroll label={`${t('ribbon')}, ${t('asTable')}`}>
            <table class="grid">
              <tbody>
                <tr>
                  <th scope="row">{t('token')}</th>
                  {tokens.map((token, i) => (
                    <td key={i}>{readable(token)}</td>
                  ))}
                </tr>
                <tr>
                  <th scope="row">{t('mask')}</th>
                  {tokens.map((_, i) => (
                    <td key={i}>
                      {sight(i)
                        .map((image) => image + 1)
                        .join(' ') || '–'}
                    </td>
                  ))}
                </tr>
              </tbody>
            </table>
          </Scroll>
        )}
      >
        <ol>
          {tokens.map((token, i) => (
            <li key={i}>
              <button
                type="button"
                class={`token ${sight(i).length === 1 ? `image-${(sight(i)[0] as number) % 6}` : ''}`}
                aria-pressed={i === chosen}
                title={says(sight(i))}
                onClick={() => change({ token: i === tokens.length - 1 ? null : i })}
              >
                <span>{readable(token)}</span>
                <small>
                  {sight(i)
                    .map((image) => image + 1)
                    .join(' ') || '–'}
                </small>
              </button>
            </li>
          ))}
        </ol>
      </FigureFrame>
      {fields.hide.value.includes('mask') ? null : <MaskSwitch />}
    </section>
  );
}

function MaskSwitch(): JSX.Element {
  return (
    <fieldset class="switch">
      <legend class="hidden">{t('mask')}</legend>
      {(['latest', 'previous'] as const).map((rule) => (
        <label key={rule}>
          <input
            type="radio"
            name="mask"
            checked={fields.attend.value === rule}
            onChange={() => change({ attend: rule })}
          />
          {t(rule)}
        </label>
      ))}
    </fieldset>
  );
}
