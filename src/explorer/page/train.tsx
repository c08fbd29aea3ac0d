import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { plain, signed } from '../../inspect/figures/numbers.ts';
import type { TrainCommand } from '../protocol.ts';
import { engine, PICTURES, send, training } from './store.ts';
import { t } from './texts.ts';

const SEED = 7;

/** One of each thing: `flamingo-2` is another picture of a flamingo. */
const lessons = PICTURES.filter((name) => !/-\d+$/.test(name)).map((name) => ({ item: { picture: name }, text: name }));

/** Fresh blocks that learn while one looks. */
export function TrainHere(): JSX.Element {
  const [alpha, setAlpha] = useState(0);
  const now = training.value;
  const act = (command: TrainCommand) => () => send({ do: 'train', command });
  const idle = engine.value.is !== 'ready';
  return (
    <section class="train" aria-labelledby="train-title">
      <h2 id="train-title">{t('trainHere')}</h2>
      <p class="quiet small">{t('trainHint')}</p>
      <p class="buttons">
        <select aria-label="α" value={alpha} onChange={(event) => setAlpha(Number(event.currentTarget.value))}>
          <option value={0}>{t('startClosed')}</option>
          <option value={1.5}>{t('startOpen')}</option>
        </select>
        <button type="button" disabled={idle} onClick={act({ act: 'begin', plan: { lessons, alpha, seed: SEED } })}>
          {now ? t('stop') : t('begin')}
        </button>
        <button type="button" disabled={!now} onClick={act({ act: now?.playing ? 'pause' : 'play' })}>
          {now?.playing ? t('pause') : t('play')}
        </button>
        <button type="button" disabled={!now || now.playing} onClick={act({ act: 'step' })}>
          {t('step')}
        </button>
      </p>
      {now ? (
        <>
          <p class="num">
            {t('stepNow', { n: now.step, loss: plain(now.loss) })} ·{' '}
            {t('namesRight', { n: now.names.filter(({ right }) => right).length, all: now.names.length })}
          </p>
          <ol class="sees">
            {now.names.map(({ text, right }, i) => (
              <li key={lessons[i]?.text}>
                <img src={`pictures/${lessons[i]?.text}.png`} alt={lessons[i]?.text ?? ''} />
                <small class={right ? 'right' : ''}>
                  {right ? '✓ ' : ''}
                  {text || t('nothing')}
                </small>
              </li>
            ))}
          </ol>
          <table class="grid">
            <thead>
              <tr>
                <td />
                <th scope="col">{t('attention')}</th>
                <th scope="col">{t('dense')}</th>
              </tr>
            </thead>
            <tbody>
              {now.gates.map(({ layer, attention, dense }) => (
                <tr key={layer}>
                  <th scope="row">{t('layerShort', { n: layer })}</th>
                  <td class="num">{signed(attention)}</td>
                  <td class="num">{signed(dense)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      ) : null}
    </section>
  );
}
