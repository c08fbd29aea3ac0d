import { useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { start } from '../state.ts';
import { AnswerBar, AnswerPanel } from './answer.tsx';
import { connect, silent } from './asks.ts';
import { AuditButton } from './audit.tsx';
import { Compare } from './compare.tsx';
import { Figure } from './figure.tsx';
import { Looked } from './looked.tsx';
import { Panel } from './panel.tsx';
import { Said } from './problem.tsx';
import { PromptStrip } from './prompt.tsx';
import { Ribbon } from './ribbon.tsx';
import { RunLens } from './run-lens.tsx';
import { SeeWhatItSees } from './seen.tsx';
import { Spoken } from './spoken.tsx';
import {
  canRedo,
  canUndo,
  change,
  changePrompt,
  engine,
  fields,
  hasOtherWeights,
  ignored,
  keyOf,
  milliseconds,
  notice,
  ownPictures,
  redo,
  scenes,
  state,
  undo,
  waits,
  withOwn,
} from './store.ts';
import type { TextKey } from './texts.en.ts';
import { t } from './texts.ts';
import { ThemeSwitch } from './theme.tsx';
import { startTour, Tour } from './tour.tsx';
import { TrainHere } from './train.tsx';

/** Of weights that the page knows nothing of, nothing is shown before they are open. */
export function App(): JSX.Element {
  return (
    <>
      <Header />
      <Notices />
      {waits.value ? null : <Parts />}
    </>
  );
}

function Parts(): JSX.Element {
  const hide = fields.hide.value;
  return (
    <>
      <Tour />
      <main>
        <PromptStrip />
        <Ribbon />
        <div class="columns">
          <div class="left">
            <Panel />
            <Figure />
          </div>
          <aside>
            <AnswerPanel />
            {hide.includes('looked') ? null : <Looked />}
            <SeeWhatItSees />
            {hide.includes('compare') ? null : <Compare />}
          </aside>
          {hide.includes('training') ? null : (
            <div class="trainings">
              <RunLens />
              <TrainHere />
            </div>
          )}
        </div>
      </main>
      <AnswerBar />
      <Spoken />
    </>
  );
}

function Header(): JSX.Element {
  const [hide, lang] = [fields.hide.value, fields.lang.value];
  const [open, setOpen] = useState(false);
  return (
    <header class={open ? 'top open' : 'top'}>
      <div class="name">
        <h1>Glass Flamingo</h1>
        <Status />
        <p>{t('tagline')}</p>
      </div>
      <div class="tools">
        <button
          type="button"
          onClick={undo}
          disabled={!canUndo.value}
          title={`${t('undo')} (Ctrl+Z)`}
          aria-label={t('undo')}
        >
          ↶
        </button>
        <button
          type="button"
          onClick={redo}
          disabled={!canRedo.value}
          title={`${t('redo')} (Ctrl+Y)`}
          aria-label={t('redo')}
        >
          ↷
        </button>
        <button
          type="button"
          lang={lang === 'en' ? 'ko' : 'en'}
          onClick={() => change({ lang: lang === 'en' ? 'ko' : 'en' })}
        >
          {t('language')}
        </button>
        <button
          type="button"
          class="more"
          aria-expanded={open}
          aria-controls="tools"
          aria-label={t('moreTools')}
          onClick={() => setOpen(!open)}
        >
          ≡
        </button>
      </div>
      <div class="tools rest" id="tools">
        <ThemeSwitch />
        {hide.includes('audit') ? null : <AuditButton />}
        {hide.includes('tour') ? null : (
          <button type="button" onClick={startTour}>
            {t('tour')}
          </button>
        )}
        {hide.includes('link') ? null : <LinkButton />}
      </div>
      {hide.includes('scenes') ? null : <Scenes />}
      {hide.includes('prompt') ? null : <p class="quiet small how">{t('promptHint')}</p>}
    </header>
  );
}

function Scenes(): JSX.Element {
  const prompt = JSON.stringify(fields.prompt.value);
  return (
    <nav class="scenes" aria-label={t('scenes')}>
      <span aria-hidden="true">{t('scenes')}</span>
      {scenes().map((scene, i) => (
        <button
          key={keyOf(start(scene.prompt))}
          type="button"
          aria-pressed={JSON.stringify(scene.prompt) === prompt}
          onClick={() => changePrompt(scene.prompt, [])}
        >
          {t(`scene${i}` as TextKey)}
        </button>
      ))}
    </nav>
  );
}

function Status(): JSX.Element {
  const status = engine.value;
  const percent = status.is === 'loading' && status.all > 0 ? Math.round((100 * status.loaded) / status.all) : null;
  const text =
    status.is === 'ready'
      ? t('ready', { device: status.facts.device, ms: Math.round(milliseconds.value ?? 0) })
      : status.is === 'broken'
        ? ''
        : percent === null
          ? t('opening')
          : t('loading', { percent });
  return (
    <span class="status-line" data-status={status.is}>
      {text}
    </span>
  );
}

function LinkButton(): JSX.Element {
  const own = useComputed(() => ownPictures(state.value).length > 0).value;
  const copy = async (): Promise<void> => {
    await navigator.clipboard?.writeText(location.href).catch(() => {});
    notice.value = own && !withOwn.value ? t('linkWithout') : t('linkCopied');
  };
  return (
    <>
      <button type="button" onClick={copy}>
        {t('link')}
      </button>
      {own ? (
        <label class="small with-own">
          <input
            type="checkbox"
            checked={withOwn.value}
            onChange={(event) => {
              withOwn.value = event.currentTarget.checked;
            }}
          />
          {t('withOwn')}
        </label>
      ) : null}
    </>
  );
}

function Notices(): JSX.Element {
  const status = engine.value;
  return (
    <div class="notices">
      {status.is === 'broken' ? (
        <p class="problem" role="alert">
          {t('broken')} <Said problem={status.problem} />. {hasOtherWeights() ? '' : t('scenesStay')}{' '}
          <button type="button" onClick={connect}>
            {t('retry')}
          </button>
        </p>
      ) : null}
      {silent.value ? (
        <p class="problem" role="alert">
          {t('silent')}{' '}
          <button type="button" onClick={connect}>
            {t('restart')}
          </button>
        </p>
      ) : null}
      {ignored.value.length > 0 ? (
        <p class="notice" role="status">
          {t('ignored', { what: ignored.value.join(', ') })}{' '}
          <button
            type="button"
            aria-label={t('close')}
            onClick={() => {
              ignored.value = [];
            }}
          >
            ×
          </button>
        </p>
      ) : null}
      {notice.value ? (
        <p class="notice" role="status">
          {notice.value}{' '}
          <button
            type="button"
            aria-label={t('close')}
            onClick={() => {
              notice.value = '';
            }}
          >
            ×
          </button>
        </p>
      ) : null}
    </div>
  );
}
