import type { JSX } from 'preact';
import type { GateTrail, TrainCommand } from '../protocol.ts';
import { type Lesson, MOST_LESSONS, type Teach } from '../state.ts';
import { send } from './asks.ts';
import { FigureFrame } from './figure-tools.tsx';
import { GateLines } from './gate-lines.tsx';
import { Num } from './num.tsx';
import { ItemPicture, nameOf, PicturePicker, readFiles } from './prompt.tsx';
import { change, engine, fields, notice } from './store.ts';
import { beginTraining, fits, isTaught, taught, teach, trail, training } from './teach.ts';
import { t, withParts } from './texts.ts';

const ALPHAS = { 0: 'startClosed', 1.5: 'startOpen' } as const;

/** Fresh blocks that learn while one looks. */
export function TrainHere(): JSX.Element {
  const now = training.value;
  return (
    <section class="train train-here" aria-labelledby="train-title">
      <h2 id="train-title">{t('trainHere')}</h2>
      <p class="quiet small">{t('trainHint')}</p>
      <Lessons />
      <Controls />
      {taught.value && !isTaught() ? <p class="notice small">{t('lessonsChanged')}</p> : null}
      {now ? <Learned /> : null}
    </section>
  );
}

const edit = (next: Partial<Teach>, merge = false): void =>
  change({ teach: { ...teach.value, ...next, steps: 0 } }, { merge });

function addLesson(item: Lesson['item']): boolean {
  const { lessons } = teach.value;
  if (lessons.length >= MOST_LESSONS) {
    notice.value = t('tooManyLessons', { n: MOST_LESSONS });
    return false;
  }
  edit({ lessons: [...lessons, { item, text: 'picture' in item ? item.picture : '' }] });
  return true;
}

/** What is taught: pictures, one's own too, and any words. */
function Lessons(): JSX.Element {
  const { lessons } = teach.value;
  const write = (i: number, text: string): void =>
    edit({ lessons: lessons.map((lesson, k) => (k === i ? { ...lesson, text } : lesson)) }, true);
  return (
    <ol class="lessons">
      {lessons.map(({ item, text }, i) => (
        <li key={i}>
          <ItemPicture item={item} />
          <input
            type="text"
            value={text}
            maxLength={40}
            aria-label={t('wordFor', { what: nameOf(item), n: i + 1 })}
            onInput={(event) => write(i, event.currentTarget.value)}
          />
          <button
            type="button"
            disabled={lessons.length === 1}
            aria-label={t('forgetLesson', { n: i + 1 })}
            title={t('forgetLesson', { n: i + 1 })}
            onClick={() => edit({ lessons: lessons.filter((_, k) => k !== i) })}
          >
            ×
          </button>
        </li>
      ))}
      <li class="adders">
        <PicturePicker
          label={t('addPicture')}
          pick={addLesson}
          files={(files) => readFiles(files, (own) => addLesson({ own }))}
        />
      </li>
    </ol>
  );
}

function Controls(): JSX.Element {
  const now = training.value;
  const act = (command: TrainCommand) => () => send({ do: 'train', command });
  const idle = engine.value.is !== 'ready' || !fits(teach.value);
  const { alpha, seed } = teach.value;
  return (
    <p class="buttons">
      <select aria-label="α" value={alpha} onChange={(event) => edit({ alpha: Number(event.currentTarget.value) })}>
        {Object.entries(ALPHAS).map(([value, text]) => (
          <option key={value} value={value}>
            {t(text)}
          </option>
        ))}
      </select>
      <label class="small">
        {t('seed')}{' '}
        <input
          type="number"
          min="0"
          max="999999"
          value={seed}
          onChange={(event) =>
            edit({ seed: Math.min(999_999, Math.max(0, Math.trunc(event.currentTarget.valueAsNumber || 0))) })
          }
        />
      </label>
      <button type="button" class="begin" disabled={idle} onClick={() => beginTraining(teach.value, 0, send)}>
        {now ? t('stop') : t('begin')}
      </button>
      <button type="button" disabled={!now} onClick={act({ act: now?.playing ? 'pause' : 'play' })}>
        {now?.playing ? t('pause') : t('play')}
      </button>
      <button type="button" disabled={!now || now.playing} onClick={act({ act: 'step' })}>
        {t('step')}
      </button>
      {now ? (
        <label class="small rewind">
          {t('rewind')}{' '}
          <input
            type="range"
            min="0"
            max={Math.max(1, now.step)}
            value={now.step}
            disabled={now.step === 0}
            aria-valuetext={t('stepN', { n: now.step })}
            onChange={(event) =>
              send({ do: 'train', command: { act: 'rewind', step: event.currentTarget.valueAsNumber } })
            }
          />
        </label>
      ) : null}
    </p>
  );
}

function Learned(): JSX.Element | null {
  const [now, lessons] = [training.value, taught.value?.lessons ?? []];
  if (!now) return null;
  const here = fields.weights.value === 'here';
  return (
    <>
      <p class="num" role="status">
        {withParts('stepNow', { n: now.step, loss: <Loss step={now.step} loss={now.loss} /> })} ·{' '}
        {withParts('namesRight', {
          n: <Num at="training.right" value={now.names.filter(({ right }) => right).length} as="whole" />,
          all: now.names.length,
        })}
      </p>
      <ol class="sees">
        {now.names.map(({ text, right }, i) => (
          <li key={i}>
            {lessons[i] ? <ItemPicture item={lessons[i].item} /> : null}
            <small class={right ? 'right' : ''}>
              {right ? '✓ ' : ''}
              {text || t('nothing')}
            </small>
          </li>
        ))}
      </ol>
      <FigureFrame name="gates-trained-here" table={() => <TrailTable />} below={<GatesNow />}>
        <GateLines trails={trails()} steps={trail.value.map(({ step }) => step)} at={trail.value.length - 1} signed />
      </FigureFrame>
      <p class="buttons">
        <button type="button" aria-pressed={here} onClick={() => change({ weights: here ? 'shipped' : 'here' })}>
          {t('runHere')}
        </button>
      </p>
    </>
  );
}

/** There is none before the first step. */
function Loss({ step, loss }: { step: number; loss: number }): JSX.Element {
  return Number.isNaN(loss) ? <>–</> : <Num at={`training.steps.${step}.loss`} value={loss} as="plain" />;
}

function trails(): GateTrail[] {
  const layers = trail.value.at(-1)?.gates ?? [];
  return layers.flatMap(({ layer }, i) =>
    (['attention', 'dense'] as const).map((gate) => ({
      layer,
      gate,
      values: trail.value.map(({ gates }) => gates[i]?.[gate] ?? 0),
    })),
  );
}

function GatesNow(): JSX.Element {
  return (
    <table class="grid now">
      <thead>
        <tr>
          <td />
          <th scope="col">{t('attention')}</th>
          <th scope="col">{t('dense')}</th>
        </tr>
      </thead>
      <tbody>
        {(training.value?.gates ?? []).map(({ layer, attention, dense }, i) => (
          <tr key={layer}>
            <th scope="row">{t('layerShort', { n: layer })}</th>
            <td>
              <Num at={`here.gates.${i}.attention`} value={attention} />
            </td>
            <td>
              <Num at={`here.gates.${i}.dense`} value={dense} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function TrailTable(): JSX.Element {
  const layers = training.value?.gates ?? [];
  return (
    <div class="scroll">
      <table class="grid">
        <thead>
          <tr>
            <th scope="col">{t('stepWord')}</th>
            <th scope="col">{t('loss')}</th>
            {layers.flatMap(({ layer }) =>
              (['attention', 'dense'] as const).map((gate) => (
                <th key={`${layer} ${gate}`} scope="col">
                  {layer} {t(gate)}
                </th>
              )),
            )}
          </tr>
        </thead>
        <tbody>
          {trail.value.map(({ step, loss, gates }) => (
            <tr key={step}>
              <th scope="row">{step}</th>
              <td>
                <Loss step={step} loss={loss} />
              </td>
              {gates.flatMap(({ layer, ...values }, i) =>
                (['attention', 'dense'] as const).map((gate) => (
                  <td key={`${layer} ${gate}`}>
                    <Num at={`training.steps.${step}.gates.${i}.${gate}`} value={values[gate]} />
                  </td>
                )),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
