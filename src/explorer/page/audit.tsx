import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import type { AuditWant, Problem, Views } from '../protocol.ts';
import { type Request, untouched } from '../state.ts';
import { again } from './asks.ts';
import { FORMATS, type Format } from './num.tsx';
import { saidOf } from './problem.tsx';
import { engine, hereStep, notice, requestOf, state } from './store.ts';
import { t } from './texts.ts';

const busy = signal(false);

interface Audit {
  readonly all: number;
  readonly wrong: readonly HTMLElement[];
  readonly problem: Problem | null;
}

/** What has to be computed again for the numbers whose names begin so. */
function wantOf(what: string): { request: Request; want: AuditWant } | null {
  const request = requestOf(state.value);
  const { token, image, at, b } = state.value;
  const want = ((): AuditWant | null => {
    if (what === 'answer' || what === 'figure' || what === 'run' || what === 'training') return { what };
    if (what === 'looked') return { what, token };
    if (what === 'covered') return { what, token, image };
    if (what === 'compare') return { what, b: b ?? untouched(state.value) };
    if (what === 'room' && at && 'room' in at) return { what, room: at.room, token };
    if (what === 'tap' && at && 'tap' in at) return { what, name: at.tap, cell: at.cell ?? null };
    return null;
  })();
  if (what === 'here') return { request: { ...untouched(request), weights: 'here' }, want: { what: 'figure' } };
  return want && { request, want };
}

/** Computes every number on the screen again, from the pictures on, with nothing that was kept. */
async function audit(): Promise<Audit> {
  while (document.documentElement.dataset.settled !== 'true') await new Promise((done) => setTimeout(done, 50));
  const groups = new Map<string, HTMLElement[]>();
  for (const element of document.querySelectorAll<HTMLElement>('[data-view]')) {
    const what = element.dataset.view?.split('.')[0] ?? '';
    groups.set(what, [...(groups.get(what) ?? []), element]);
  }
  const wrong: HTMLElement[] = [];
  let problem: Problem | null = null;
  for (const [what, elements] of groups) {
    const asked = wantOf(what);
    const found = asked && (await again(asked.request, [asked.want]));
    problem ??= found?.problem ?? null;
    const view = found?.views[asked?.want.what as keyof Views];
    for (const element of elements) {
      const [, ...path] = (element.dataset.view ?? '').split('.');
      const value = path.reduce((part: unknown, key) => (part as Record<string, unknown> | undefined)?.[key], view);
      const text = typeof value === 'number' ? FORMATS[element.dataset.as as Format](value) : '';
      const right = text === element.textContent;
      element.classList.toggle('wrong', !right);
      element.title = right ? '' : t('computedAgain', { value: text || '–' });
      if (!right) wrong.push(element);
    }
  }
  return { all: [...groups.values()].flat().length, wrong, problem };
}

export function AuditButton(): JSX.Element {
  const run = async (): Promise<void> => {
    busy.value = true;
    notice.value = t('auditing');
    const now = (): string => JSON.stringify([state.value, hereStep.value]);
    const before = now();
    const { all, wrong, problem } = await audit();
    busy.value = false;
    if (now() !== before) {
      notice.value = t('auditChanged');
      return;
    }
    notice.value = t('audited', { n: all - wrong.length, all }) + (problem ? ` ${saidOf(problem)}` : '');
    wrong[0]?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <button
      type="button"
      disabled={busy.value || engine.value.is !== 'ready'}
      title={t('auditHint')}
      onClick={() => void run()}
    >
      {t('audit')}
    </button>
  );
}
