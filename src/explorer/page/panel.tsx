import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { AttentionMap } from '../../inspect/attention-map.ts';
import { significant } from '../../inspect/figures/numbers.ts';
import { readable } from '../../inspect/figures/words.ts';
import type { RoomView } from '../protocol.ts';
import { Problem } from './answer.tsx';
import { FigureFrame } from './figure-tools.tsx';
import { Num } from './num.tsx';
import { Scroll } from './scroll.tsx';
import { change, problems, state, view } from './store.ts';
import { t } from './texts.ts';
import { Value } from './value.tsx';

/** What is opened over the figure: a part of it, or one value. Esc or the button closes it, and focus goes back. */
export function Panel(): JSX.Element | null {
  const { at } = state.value;
  const panel = useRef<HTMLElement>(null);
  const key = JSON.stringify(at);
  useEffect(() => {
    if (key === 'null') return;
    const before = document.activeElement;
    panel.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [key]);
  if (!at) return null;
  const close = (): void => change({ at: null });
  const name = 'room' in at ? at.room : at.tap;
  const problem = problems.value['room' in at ? 'room' : 'tap'];
  return (
    <section
      class="panel"
      ref={panel}
      tabIndex={-1}
      aria-labelledby="panel-title"
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      <header>
        <h2 id="panel-title">{name}</h2>
        <button type="button" onClick={close}>
          {t('close')} (Esc)
        </button>
      </header>
      {problem ? <Problem message={problem.message} /> : null}
      {'room' in at ? <Room name={at.room} /> : <Value name={at.tap} />}
    </section>
  );
}

function Room({ name }: { name: string }): JSX.Element {
  const room = view('room');
  if (room?.view.room !== name) return <p class="quiet">{t('working')}</p>;
  const { maps, norms, lens, taps } = room.view;
  return (
    <div class={room.stale ? 'room stale' : 'room'}>
      {maps.map((map, i) => (
        <Heads key={map.name} map={map} index={i} tokens={room.view.tokens} />
      ))}
      <Norms norms={norms} tokens={room.view.tokens} />
      {lens ? (
        <FigureFrame name="logit-lens">
          <Scroll label={t('lens')}>
            <table class="grid">
              <caption>{t('lens')}</caption>
              <tbody>
                {lens.layers.map(({ layer, positions }, i) => (
                  <tr key={layer}>
                    <th scope="row">{t('layerShort', { n: layer })}</th>
                    {(positions[0] ?? []).map(({ id, token, probability }, k) => (
                      <td key={id}>
                        {readable(token)}{' '}
                        <Num
                          at={`room.lens.layers.${i}.positions.0.${k}.probability`}
                          value={probability}
                          as="percent"
                        />
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        </FigureFrame>
      ) : null}
      <h3>{t('values')}</h3>
      <ul class="taps">
        {taps.map(({ name, shape }) => (
          <li key={name}>
            <button type="button" onClick={() => change({ at: { tap: name } })}>
              {name} <small>{shape.join(' × ')}</small>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** All heads, one scale: a flat head looks flat. */
function Heads({ map, index, tokens }: { map: AttentionMap; index: number; tokens: readonly string[] }): JSX.Element {
  return (
    <>
      <h3>
        {t('allHeads')} <small>{map.name}</small>
      </h3>
      <FigureFrame name={map.name} table={() => <HeadsTable map={map} index={index} tokens={tokens} />}>
        <HeadsDrawn map={map} />
        <p class="quiet small">{t('headMean')}</p>
      </FigureFrame>
    </>
  );
}

function HeadsDrawn({ map }: { map: AttentionMap }): JSX.Element {
  const rows = map.heads[0]?.length ?? 0;
  const columns = map.keys.length;
  const most = Math.max(1e-9, ...map.heads.flat(2).map((value) => value ?? 0));
  return (
    <ol class="heads">
      {map.heads.map((head, h) => (
        <li key={`${map.name} ${h}`}>
          <svg
            viewBox={`0 0 ${columns} ${rows}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={t('head', { n: h })}
          >
            {head.flatMap((row, q) =>
              Array.from({ length: columns }, (_, k) => {
                const value = row?.[k] ?? null;
                return value === null ? (
                  <path key={`${q} ${k}`} class="hidden-cell" d={`M${k} ${q + 1}L${k + 1} ${q}`} />
                ) : (
                  <rect key={`${q} ${k}`} class="heat" x={k} y={q} width="1" height="1" fill-opacity={value / most} />
                );
              }),
            )}
          </svg>
          <small>{t('head', { n: h })}</small>
        </li>
      ))}
    </ol>
  );
}

/** Every head's row of the chosen token, or every row where the queries are latents. */
function HeadsTable({
  map,
  index,
  tokens,
}: {
  map: AttentionMap;
  index: number;
  tokens: readonly string[];
}): JSX.Element {
  const rows = map.heads[0]?.length ?? 0;
  const ofTokens = map.queries === 'token';
  const shown = ofTokens
    ? [Math.min(state.value.token ?? rows - 1, rows - 1)]
    : Array.from({ length: rows }, (_, q) => q);
  return (
    <Scroll label={map.name}>
      <table class="grid">
        <tbody>
          {map.heads.flatMap((head, h) =>
            shown.map((q) => (
              <tr key={`${h} ${q}`}>
                <th scope="row">
                  {t('head', { n: h })}, {ofTokens ? readable(tokens[q] ?? '') : t('latent', { n: q })}
                </th>
                {map.keys.map((_, k) => {
                  const value = head[q]?.[k] ?? null;
                  return (
                    <td key={k}>
                      {value === null ? (
                        '▨'
                      ) : (
                        <Num at={`room.maps.${index}.heads.${h}.${q}.${k}`} value={value} as="plain" />
                      )}
                    </td>
                  );
                })}
              </tr>
            )),
          )}
        </tbody>
      </table>
    </Scroll>
  );
}

function Norms({ norms, tokens }: Pick<RoomView, 'norms' | 'tokens'>): JSX.Element {
  const count = norms[0]?.values.length ?? 0;
  return (
    <FigureFrame name="residual-stream">
      <Scroll label={t('residual')}>
        <table class="grid">
          <caption>{t('residual')}</caption>
          <thead>
            <tr>
              <td />
              {Array.from({ length: count }, (_, i) => (
                <th key={`column ${i}`} scope="col">
                  {tokens.length === count ? readable(tokens[i] ?? '') : i}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {norms.map(({ name, values }, r) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {values.map((value, i) => (
                  <td key={`${name} ${i}`} title={significant(value)}>
                    <Num at={`room.norms.${r}.values.${i}`} value={value} as="significant" />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </FigureFrame>
  );
}
