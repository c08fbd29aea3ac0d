import { Fragment, type JSX } from 'preact';
import { significant } from '../../inspect/figures/numbers.ts';
import { readable } from '../../inspect/figures/words.ts';
import type { LogitLens } from '../../inspect/logit-lens.ts';
import type { RoomView } from '../protocol.ts';
import { FigureFrame } from './figure-tools.tsx';
import { Heads } from './heads.tsx';
import { Num } from './num.tsx';
import { Scroll } from './scroll.tsx';
import { change, fields, view } from './store.ts';
import { t } from './texts.ts';

/** A part of the figure: who looks at what, how large the stream is, what is added, what it would say. */
export function Room({ name }: { name: string }): JSX.Element {
  const room = view('room');
  if (room?.view.room !== name) return <p class="quiet">{t('working')}</p>;
  const { maps, tokens, lens, taps } = room.view;
  return (
    <div class={room.stale ? 'room stale' : 'room'}>
      {maps.map((map, i) => (
        <Heads key={map.name} map={map} index={i} tokens={tokens} />
      ))}
      <Norms room={room.view} />
      {name.startsWith('xattn.') ? <Added name={name} tokens={tokens} /> : null}
      {lens ? <Lens lens={lens} token={tokens[chosen(tokens)] ?? ''} /> : null}
      <h3>{t('values')}</h3>
      {groupsOf(name, taps).map(([group, members]) => (
        <ValueList key={group} part={name} group={group} taps={members} />
      ))}
    </div>
  );
}

const chosen = (tokens: readonly string[]): number =>
  Math.min(fields.token.value ?? tokens.length - 1, tokens.length - 1);

function Lens({ lens, token }: { lens: LogitLens; token: string }): JSX.Element {
  return (
    <>
      <h3>
        {t('lens')} <small class="quiet">{t('lookedWord', { token: readable(token) })}</small>
      </h3>
      <FigureFrame name="logit-lens">
        <Scroll label={t('lens')}>
          <table class="grid narrow">
            <tbody>
              {lens.layers.map(({ layer, positions }, i) => (
                <tr key={layer}>
                  <th scope="row">{t('layerShort', { n: layer })}</th>
                  {(positions[0] ?? []).map(({ id, token, probability }, k) => (
                    <td key={id}>
                      {readable(token)}{' '}
                      <Num at={`room.lens.layers.${i}.positions.0.${k}.probability`} value={probability} as="percent" />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </FigureFrame>
    </>
  );
}

/** A name whose line may end behind a dot, and nowhere else. */
const breakingAtDots = (name: string): JSX.Element[] =>
  name.split(/(?<=\.)/).map((part, i) => (
    <Fragment key={i}>
      {part}
      <wbr />
    </Fragment>
  ));

const NORMS = { vision: 'residualPatches', resampler: 'residualLatents' } as const;

function Norms({ room: { room, norms, tokens, picture } }: { room: RoomView }): JSX.Element {
  const count = norms[0]?.values.length ?? 0;
  const ofText = tokens.length === count && picture === null;
  const title = ofText ? t('residual') : t(NORMS[room as 'vision'], { n: (picture ?? 0) + 1 });
  const ends = [t('streamIn'), t('streamOut')];
  return (
    <>
      <h3>{title}</h3>
      <FigureFrame name="residual-stream">
        <Scroll label={title}>
          <table class="grid">
            <thead>
              <tr>
                <td />
                {Array.from({ length: count }, (_, i) => (
                  <th key={`column ${i}`} scope="col">
                    {ofText ? readable(tokens[i] ?? '') : i}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {norms.map(({ name, values }, r) => (
                <tr key={name}>
                  <th scope="row">
                    {ofText ? `${ends[r]}, ` : ''}
                    {breakingAtDots(name)}
                  </th>
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
    </>
  );
}

/** What both gates of the block add to every token: the figure has only the chosen one's. */
function Added({ name, tokens }: { name: string; tokens: readonly string[] }): JSX.Element | null {
  const { gates = [], contributions = [] } = view('figure')?.view ?? {};
  const block = gates.findIndex(({ layer }) => `xattn.${layer}` === name);
  const added = contributions[block];
  if (added?.dense.length !== tokens.length) return null;
  return (
    <>
      <h3>{t('addsAll')}</h3>
      <p class="quiet small">{t('addsHint')}</p>
      <FigureFrame name="contributions">
        <Scroll label={t('addsAll')}>
          <table class="grid">
            <thead>
              <tr>
                <td />
                {tokens.map((token, i) => (
                  <th key={i} scope="col">
                    {readable(token)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {(['attention', 'dense'] as const).map((gate) => (
                <tr key={gate}>
                  <th scope="row">{t(gate)}</th>
                  {added[gate].map((value, i) => (
                    <td key={i}>
                      {value === null ? '▨' : <Num at={`figure.contributions.${block}.${gate}.${i}`} value={value} />}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </FigureFrame>
    </>
  );
}

type Taps = RoomView['taps'];

/** Values layer by layer where the part has layers of its own. */
function groupsOf(part: string, taps: Taps): [group: string, taps: Taps][] {
  const groups = new Map<string, Taps>();
  for (const tap of taps) {
    const group = /^layers\.\d+\./.exec(tap.name.slice(part.length + 1))?.[0] ?? '';
    groups.set(group, [...(groups.get(group) ?? []), tap]);
  }
  return [...groups];
}

function ValueList({ part, group, taps }: { part: string; group: string; taps: Taps }): JSX.Element {
  const start = `${part}.${group}`;
  return (
    <>
      {group ? <h4>{t('layerShort', { n: group.replace(/\D/g, '') })}</h4> : null}
      <ul class="taps">
        {taps.map(({ name, shape }) => (
          <li key={name}>
            <button
              type="button"
              title={name}
              aria-label={`${name} ${shape.join(' × ')}`}
              onClick={() => change({ at: { tap: name } })}
            >
              {name.slice(start.length)} <small>{shape.join(' × ')}</small>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
