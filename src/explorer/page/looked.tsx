import { useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { readable } from '../../inspect/figures/words.ts';
import type { CoveredView } from '../protocol.ts';
import { type Item, isPicture, latentsAt } from '../state.ts';
import { Num } from './num.tsx';
import { Problem } from './problem.tsx';
import { ItemPicture } from './prompt.tsx';
import { saveSvg } from './save-svg.ts';
import { change, fields, problems, view } from './store.ts';
import { t } from './texts.ts';

/** Of which picture the maps are: the chosen one, if the token sees it, else the last that it sees. */
function imageShown(): number {
  const images = view('looked')?.view.images ?? [];
  return (images.find(({ image }) => image === fields.image.value) ?? images.at(-1))?.image ?? -1;
}

/** What the chosen token's attention took, beside what covering changes. */
export function Looked(): JSX.Element {
  const looked = view('looked');
  const covered = view('covered');
  const [table, setTable] = useState(false);
  const maps = useRef<HTMLDivElement>(null);
  const pictures = fields.prompt.value.filter(isPicture);
  const tokens = view('figure')?.view.tokens ?? [];
  const images = looked?.view.images ?? [];
  const shown = images.findIndex(({ image }) => image === imageShown());
  const map = images[shown];
  const from = useComputed(() => latentsAt(fields.edits.value, imageShown())).value;
  const problem = problems.value.looked ?? problems.value.covered;
  return (
    <section class="looked" aria-labelledby="looked-title">
      <h2 id="looked-title">{t('looked')}</h2>
      {problem ? <Problem problem={problem} /> : null}
      {looked ? <p class="quiet">{t('lookedWord', { token: readable(tokens[looked.view.token] ?? '') })}</p> : null}
      {images.length > 1 && map ? <WhichPicture images={images.map(({ image }) => image)} shown={map.image} /> : null}
      <div ref={maps} class={table ? 'maps tables' : 'maps'}>
        {map ? (
          <MapFigure
            title={t('lookedAt')}
            item={pictures[map.image]}
            image={map.image}
            rows={map.rows}
            columns={map.columns}
            values={map.patches}
            at={`looked.images.${shown}.patches`}
            stale={looked?.stale ?? false}
            table={table}
          />
        ) : (
          <p class="quiet">{looked ? t('seesNothing') : ''}</p>
        )}
        {covered && map ? (
          covered.view.position === looked?.view.token && covered.view.image === map.image ? (
            <Covered covered={covered} table={table} pictures={pictures} />
          ) : (
            <p class="quiet">{t('working')}</p>
          )
        ) : null}
      </div>
      {map ? (
        <>
          <p class="small">
            {t('elsewhere')} <Num at={`looked.images.${shown}.elsewhere`} value={map.elsewhere} as="plain" />
          </p>
          {from === null ? null : <p class="notice small">{t('lookedMoved', { n: from + 1 })}</p>}
          {looked?.view.even[shown] ? <p class="small">{t('even')}</p> : null}
          <p class="quiet small">
            {table ? '' : `${t('mapsLegend')} `}
            {t('lookedHint')}
          </p>
        </>
      ) : null}
      <p class="buttons figure-tools">
        <button
          type="button"
          aria-label={`${t('asTable')}: ${t('looked')}`}
          aria-pressed={table}
          onClick={() => setTable(!table)}
        >
          {t('asTable')}
        </button>
        <button
          type="button"
          aria-label={`${t('saveSvg')}: ${t('looked')}`}
          onClick={() => maps.current && void saveSvg(maps.current, 'where-did-it-look')}
        >
          {t('saveSvg')}
        </button>
      </p>
    </section>
  );
}

/** Which of the pictures that the token sees both maps are of. */
function WhichPicture({ images, shown }: { images: readonly number[]; shown: number }): JSX.Element {
  return (
    <p class="buttons small">
      {images.map((image) => (
        <button
          key={image}
          type="button"
          aria-pressed={image === shown}
          onClick={() => change({ image: image === images.at(-1) ? null : image })}
        >
          {t('picture', { n: image + 1 })}
        </button>
      ))}
    </p>
  );
}

interface CoveredProps {
  readonly covered: { readonly view: CoveredView; readonly stale: boolean };
  readonly table: boolean;
  readonly pictures: readonly Exclude<Item, { text: string }>[];
}

function Covered({ covered, table, pictures }: CoveredProps): JSX.Element {
  const { image, rows, columns, changes, token } = covered.view;
  const missing = rows * columns - changes.length;
  return (
    <MapFigure
      title={
        missing > 0
          ? t('covering', { n: changes.length + 1, all: rows * columns })
          : t('coverChange', { token: readable(token) })
      }
      item={pictures[image]}
      image={image}
      rows={rows}
      columns={columns}
      values={changes}
      at="covered.changes"
      stale={covered.stale}
      table={table}
      signs
    />
  );
}

interface MapProps {
  readonly title: string;
  readonly item: Exclude<Item, { text: string }> | undefined;
  readonly image: number;
  readonly rows: number;
  readonly columns: number;
  readonly values: readonly number[];
  readonly at: string;
  readonly stale: boolean;
  readonly table: boolean;
  readonly signs?: boolean;
}

/** A picture under a grid of numbers: the larger, the less is veiled. */
function MapFigure(props: MapProps): JSX.Element {
  const { title, item, image, rows, columns, values, at, stale, table, signs = false } = props;
  const most = Math.max(1e-9, ...values.map(Math.abs));
  return (
    <figure class={stale ? 'map stale' : 'map'}>
      <figcaption>
        {title} <small>{t('picture', { n: image + 1 })}</small>
      </figcaption>
      {table ? null : (
        <div class="overlay">
          {item ? <ItemPicture item={item} /> : null}
          <svg viewBox={`0 0 ${columns} ${rows}`} aria-hidden="true">
            {values.map((value, i) => (
              <rect
                key={i}
                class={signs && value > 0 ? 'cell more' : 'cell'}
                x={i % columns}
                y={Math.floor(i / columns)}
                width="1"
                height="1"
                fill-opacity={0.92 * (1 - Math.abs(value) / most)}
                stroke-opacity={Math.abs(value) / most}
              />
            ))}
          </svg>
        </div>
      )}
      <div class={table ? '' : 'hidden'}>
        <table class="grid">
          <caption class="hidden">{title}</caption>
          <thead>
            <tr>
              <td />
              {Array.from({ length: columns }, (_, c) => (
                <th key={c} scope="col">
                  {c + 1}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: rows }, (_, r) => (
              <tr key={r}>
                <th scope="row">{r + 1}</th>
                {Array.from({ length: columns }, (_, c) => {
                  const value = values[r * columns + c];
                  return (
                    <td key={c}>
                      {value === undefined ? (
                        ''
                      ) : (
                        <Num at={`${at}.${r * columns + c}`} value={value} as={signs ? 'signed' : 'plain'} />
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}
