import type { JSX } from 'preact';
import type { AttentionKey, AttentionMap } from '../../inspect/attention-map.ts';
import { readable } from '../../inspect/figures/words.ts';
import { FigureFrame } from './figure-tools.tsx';
import { Num } from './num.tsx';
import { Scroll } from './scroll.tsx';
import { fields } from './store.ts';
import { t, withParts } from './texts.ts';

interface HeadsProps {
  readonly map: AttentionMap;
  /** Of the room's maps. */
  readonly index: number;
  readonly tokens: readonly string[];
}

/** All heads, one scale: a flat head looks flat. */
export function Heads({ map, index, tokens }: HeadsProps): JSX.Element {
  const hides = map.heads.some((head) => head.some((row) => row === null || row.includes(null)));
  return (
    <>
      <h3>
        {t('allHeads')} <small class="quiet">{map.name}</small>
      </h3>
      <FigureFrame name={map.name} table={() => <HeadsTable map={map} index={index} tokens={tokens} />}>
        <HeadsDrawn map={map} />
        <p class="quiet small">
          {axesOf(map)} <Darkest map={map} index={index} /> {hides ? t('headHidden') : ''}
        </p>
      </FigureFrame>
    </>
  );
}

function axesOf({ keys, queries, image = 0 }: AttentionMap): string {
  if (queries === 'patch') return t('axesVision', { n: image + 1 });
  if (queries === 'latent') return t('axesResampler', { n: image + 1 });
  if (keys[0]?.kind === 'token') return t('axesSelf');
  return t('axesCross', { n: keys.filter((key) => key.kind === 'latent' && key.image === 0).length });
}

/** What the scale of all heads goes up to. */
function Darkest({ map: { heads }, index }: Pick<HeadsProps, 'map' | 'index'>): JSX.Element {
  let best = [0, 0, 0] as readonly [number, number, number];
  const at = ([h, q, k]: typeof best): number => heads[h]?.[q]?.[k] ?? 0;
  for (const [h, head] of heads.entries())
    for (const [q, row] of head.entries())
      for (const k of row?.keys() ?? []) if (at([h, q, k]) > at(best)) best = [h, q, k];
  const most = <Num at={`room.maps.${index}.heads.${best.join('.')}`} value={at(best)} as="plain" />;
  return <>{withParts('headScale', { most })}</>;
}

/** The row of the chosen token; null where the rows are no tokens. */
function chosenRow({ queries, heads }: AttentionMap): number | null {
  const last = (heads[0]?.length ?? 0) - 1;
  return queries === 'token' ? Math.min(fields.token.value ?? last, last) : null;
}

function HeadsDrawn({ map }: { map: AttentionMap }): JSX.Element {
  const rows = map.heads[0]?.length ?? 0;
  const columns = map.keys.length;
  const most = Math.max(1e-9, ...map.heads.flat(2).map((value) => value ?? 0));
  const row = chosenRow(map);
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
            {row === null ? null : <rect class="chosen-row" x="0" y={row} width={columns} height="1" />}
          </svg>
          <small>{t('head', { n: h })}</small>
        </li>
      ))}
    </ol>
  );
}

function nameOfKey(key: AttentionKey, tokens: readonly string[]): string {
  if (key.kind === 'token') return readable(tokens[key.token] ?? '');
  if (key.kind === 'patch') return t('patch', { n: key.patch });
  if (key.kind === 'class') return t('classToken');
  const latent = t('latent', { n: key.latent });
  return key.image === undefined ? latent : `${t('picture', { n: key.image + 1 })}, ${latent}`;
}

/** Every head's row of the chosen token, or every row where the queries are no tokens. */
function HeadsTable({ map, index, tokens }: HeadsProps): JSX.Element {
  const row = chosenRow(map);
  const shown = row === null ? (map.heads[0] ?? []).map((_, q) => q) : [row];
  const nameOfQuery = (q: number): string => {
    if (map.queries === 'token') return readable(tokens[q] ?? '');
    const key = map.queries === 'patch' ? map.keys[q] : undefined;
    return key ? nameOfKey(key, tokens) : t('latent', { n: q });
  };
  return (
    <Scroll label={map.name}>
      <table class="grid">
        <thead>
          <tr>
            <td />
            {map.keys.map((key, k) => (
              <th key={k} scope="col">
                {nameOfKey(key, tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {map.heads.flatMap((head, h) =>
            shown.map((q) => (
              <tr key={`${h} ${q}`}>
                <th scope="row">
                  {t('head', { n: h })}, {nameOfQuery(q)}
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
