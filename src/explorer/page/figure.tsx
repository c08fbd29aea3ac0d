import { useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import { plain, signed } from '../../inspect/figures/numbers.ts';
import type { FigureView } from '../protocol.ts';
import { type Gate, gateEdit, gateName, withGate } from '../state.ts';
import { FigureFrame } from './figure-tools.tsx';
import { Num } from './num.tsx';
import { Scroll } from './scroll.tsx';
import { change, classOf, facts, fields, hereStep, settle, state, view } from './store.ts';
import { training } from './teach.ts';
import { t } from './texts.ts';

const CLASS = classOf('figure', 'figure');

/** Figure 3 with what flows through it. */
export function Figure(): JSX.Element {
  const figure = view('figure');
  const hidden = fields.hide.value;
  return (
    <section class={CLASS} aria-labelledby="figure-title">
      <header>
        <h2 id="figure-title">{t('figure')}</h2>
        <p class="quiet">{t('figureHint')}</p>
        {hidden.includes('gates') ? null : <GateButtons />}
      </header>
      <WeightsNow />
      {figure ? (
        <FigureFrame name="figure-3" table={() => <GateTable figure={figure.view} />}>
          <Flow figure={figure.view} />
        </FigureFrame>
      ) : null}
    </section>
  );
}

/** Says so where it is not the shipped model that runs. */
function WeightsNow(): JSX.Element | null {
  const weights = fields.weights.value;
  if (weights === 'shipped') return null;
  return (
    <p class="notice">
      {weights === 'here' ? t('weightsHere', { n: hereStep.value }) : t('weightsOfStep', { n: weights })}{' '}
      <button type="button" onClick={() => change({ weights: 'shipped' })}>
        {t('backToShipped')}
      </button>
    </p>
  );
}

function GateTable({ figure }: { figure: FigureView }): JSX.Element {
  const token = tokenOf(figure);
  return (
    <Scroll label={`${t('figure')}, ${t('asTable')}`}>
      <table class="grid">
        <thead>
          <tr>
            <td />
            <th scope="col">tanh(α)</th>
            <th scope="col">{t('trained')}</th>
            <th scope="col">{t('adds')}</th>
          </tr>
        </thead>
        <tbody>
          {figure.gates.flatMap(({ layer }, i) =>
            (['attention', 'dense'] as const).map((gate) => {
              const added = figure.contributions[i]?.[gate][token] ?? null;
              return (
                <tr key={`${layer} ${gate}`}>
                  <th scope="row">{t('gateLabel', { n: layer, gate: t(gate) })}</th>
                  <td>
                    <Num at={`figure.gates.${i}.${gate}`} value={figure.gates[i]?.[gate] ?? Number.NaN} />
                  </td>
                  <td class="num">{signed(trainedGates()[i]?.[gate] ?? Number.NaN)}</td>
                  <td>
                    {added === null ? (
                      t('addsNothing')
                    ) : (
                      <Num at={`figure.contributions.${i}.${gate}.${token}`} value={added} />
                    )}
                  </td>
                </tr>
              );
            }),
          )}
        </tbody>
      </table>
    </Scroll>
  );
}

const tokenOf = ({ tokens }: FigureView): number =>
  Math.min(fields.token.value ?? Number.POSITIVE_INFINITY, tokens.length - 1);

/** Where the gates stand without edits: as shipped, or as far as they were trained here. */
function trainedGates(): FigureView['gates'] {
  const weights = fields.weights.value;
  if (weights === 'here') return training.value?.gates ?? [];
  return weights === 'shipped' ? facts.value.gates : (gatesOfStep(weights) ?? facts.value.gates);
}

function gatesOfStep(step: number): FigureView['gates'] | null {
  const run = view('run')?.view;
  const at = run?.steps.indexOf(step) ?? -1;
  if (!run?.signed || at < 0) return null;
  const value = (layer: number, kind: Gate): number =>
    run.gates.find((one) => one.layer === layer && one.gate === kind)?.values[at] ?? 0;
  return facts.value.gates.map(({ layer }) => ({
    layer,
    attention: value(layer, 'attention'),
    dense: value(layer, 'dense'),
  }));
}

function GateButtons(): JSX.Element {
  const gates = facts.value.gates;
  const closeAll = (): void => {
    let next = state.value;
    for (const { layer } of gates)
      for (const gate of ['attention', 'dense'] as const) next = withGate(next, layer, gate, 0);
    change({ edits: next.edits });
  };
  return (
    <p class="buttons">
      <button type="button" class="close-all" onClick={closeAll}>
        {t('closeAll')}
      </button>
      <button
        type="button"
        disabled={fields.edits.value.length === 0 && fields.attend.value === 'latest'}
        onClick={() => change({ edits: [], attend: 'latest' })}
      >
        {t('resetAll')}
      </button>
    </p>
  );
}

const by = (shape: readonly number[] | undefined, from: number): string => (shape ?? []).slice(from).join(' × ');

function Flow({ figure }: { figure: FigureView }): JSX.Element {
  const { shapes, gates } = figure;
  const pictures = shapes['resampler.out']?.[1] ?? 0;
  const token = tokenOf(figure);
  return (
    <div class="flow">
      <ol class="vision">
        <li class="part learned">
          <Open room="resampler" name={t('resampler')} />
          <small>{t('learned')}</small>
          <span class="shape">→ {by(shapes['resampler.out'], 1) || '0'}</span>
          <i class="stem" aria-hidden="true" />
        </li>
        <li class="part cold">
          <Up />
          <Open room="vision" name={t('encoder')} />
          <small>{t('frozen')}</small>
          <span class="shape">→ {by(shapes['vision.patches'], 0) || '0'}</span>
        </li>
        <li class="shape">
          <Up />
          {pictures} × {by(shapes['vision.pixels'], 1)}
        </li>
      </ol>
      <ol class="layers">
        {gates
          .map((_, i) => i)
          .reverse()
          .map((i) => (
            <Block key={i} figure={figure} index={i} token={token} />
          ))}
        <li class="part cold words">
          {t('embeddings')} <span class="shape">{by(shapes['lm.embeddings.out'], 1)}</span>
        </li>
      </ol>
    </div>
  );
}

function Block({ figure, index, token }: { figure: FigureView; index: number; token: number }): JSX.Element {
  const layer = figure.gates[index]?.layer ?? 0;
  return (
    <li class="layer">
      <div class="part cold">
        <Up />
        <Open room={`lm.layers.${layer}`} name={t('layer', { n: layer })} />
        <small>{t('frozen')}</small>
      </div>
      <div class="part learned block">
        <Up />
        <i class="branch" aria-hidden="true" />
        <Open room={`xattn.${layer}`} name={`${t('block')} ${layer}`} />
        <div>
          <GateRow figure={figure} index={index} gate="attention" token={token} />
          <GateRow figure={figure} index={index} gate="dense" token={token} />
        </div>
      </div>
    </li>
  );
}

const Up = (): JSX.Element => (
  <span class="up" aria-hidden="true">
    ↑
  </span>
);

function Open({ room, name }: { room: string; name: string }): JSX.Element {
  if (fields.hide.value.includes('rooms')) return <span class="part-name">{name}</span>;
  return (
    <button type="button" class="part-name" onClick={() => change({ at: { room } })} title={t('room', { part: name })}>
      {name}
    </button>
  );
}

interface GateRowProps {
  readonly figure: FigureView;
  readonly index: number;
  readonly gate: Gate;
  readonly token: number;
}

function GateRow({ figure, index, gate, token }: GateRowProps): JSX.Element {
  const layer = figure.gates[index]?.layer ?? 0;
  const trained = trainedGates()[index]?.[gate] ?? 0;
  const edited = useComputed(() => gateEdit({ edits: fields.edits.value }, layer, gate)).value;
  const value = edited ?? trained;
  const added = figure.contributions[index]?.[gate][token] ?? null;
  const status = edited === null ? 'trained' : edited === 0 ? 'closed' : 'overridden';
  const set = (next: number | null, merge = false): void => {
    const bounded = next === null ? null : Math.max(-1, Math.min(1, Math.round(next * 100) / 100));
    change({ edits: withGate(state.value, layer, gate, bounded).edits }, { merge });
  };
  const keys = (event: KeyboardEvent): void => {
    const steps: Record<string, () => void> = {
      PageUp: () => set(value + 0.1),
      PageDown: () => set(value - 0.1),
      '0': () => set(0),
      t: () => set(null),
      T: () => set(null),
    };
    const act = steps[event.key];
    if (!act || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  };
  return (
    <div class={`gate ${gate} ${status}`}>
      <span class="gate-name">{t(gate)}</span>
      <span class="slider">
        <input
          type="range"
          min="-1"
          max="1"
          step="0.01"
          value={value}
          disabled={fields.hide.value.includes('gates')}
          aria-label={t('gateLabel', { n: layer, gate: t(gate) })}
          aria-valuetext={t('gateValue', { value: plain(value), trained: plain(trained) })}
          title={t('keysGate')}
          onInput={(event) => set(Number(event.currentTarget.value), true)}
          onChange={settle}
          onKeyDown={keys}
          onDblClick={() => set(null)}
        />
        <svg class="marks" viewBox="-1 0 2 1" preserveAspectRatio="none" aria-hidden="true">
          <line class="zero" x1="0" x2="0" y1="0" y2="1" vector-effect="non-scaling-stroke" />
          <line class="was" x1={trained} x2={trained} y1="0" y2="1" vector-effect="non-scaling-stroke" />
        </svg>
      </span>
      <span class="gate-value">
        <GateNumber value={edited ?? figure.gates[index]?.[gate] ?? trained} at={`figure.gates.${index}.${gate}`} />
        <Status status={status} name={gateName(layer, gate)} onReset={() => set(null)} />
      </span>
      <span class="adds" title={t('addsHint')}>
        <span class="adds-word">{t('adds')}</span>
        {added === null ? (
          <small>{t('addsNothing')}</small>
        ) : (
          <>
            <Num at={`figure.contributions.${index}.${gate}.${token}`} value={added} />
            <svg viewBox="-1 0 2 1" preserveAspectRatio="none" aria-hidden="true">
              <rect x={Math.max(-1, Math.min(0, added))} y="0" width={Math.min(1, Math.abs(added))} height="1" />
            </svg>
          </>
        )}
      </span>
    </div>
  );
}

/** What the slider says, which is ahead of the run while it is moved. */
function GateNumber({ value, at }: { value: number; at: string }): JSX.Element {
  return <Num at={at} value={value} />;
}

function Status(props: {
  status: 'trained' | 'closed' | 'overridden';
  name: string;
  onReset: () => void;
}): JSX.Element {
  const { status, onReset } = props;
  if (status === 'trained') return <small class="status">{t('trained')}</small>;
  return (
    <button type="button" class="status" onClick={onReset} title={t('reset')}>
      <span class="hidden">{props.name}: </span>
      {t(status)} ↺
    </button>
  );
}
