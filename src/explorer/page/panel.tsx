import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { nameOfPart, partOf } from './part.ts';
import { Problem } from './problem.tsx';
import { Room } from './room.tsx';
import { change, fields, problems } from './store.ts';
import { t } from './texts.ts';
import { Value } from './value.tsx';

/** What is opened over the figure: a part of it, or one value. Esc or the button closes it, and focus goes back. */
export function Panel(): JSX.Element | null {
  const at = fields.at.value;
  const panel = useRef<HTMLElement>(null);
  const key = JSON.stringify(at && ('room' in at ? at.room : at.tap));
  // Not useEffect: until the next frame Esc would go to the removed button, that is to nobody.
  useLayoutEffect(() => {
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
  const part = partOf(name);
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
        {'tap' in at && part ? (
          <button type="button" onClick={() => change({ at: { room: part } })}>
            ‹ {nameOfPart(part)}
          </button>
        ) : null}
        <h2 id="panel-title">
          {'room' in at ? `${nameOfPart(at.room)} ` : ''}
          <code lang="en">{name}</code>
        </h2>
        <button type="button" onClick={close}>
          {t('close')} (Esc)
        </button>
      </header>
      {problem ? <Problem problem={problem} /> : null}
      {'room' in at ? <Room name={at.room} /> : <Value name={at.tap} />}
    </section>
  );
}
