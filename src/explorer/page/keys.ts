/** Keys that work anywhere on the page. */

import { addFiles } from './prompt.tsx';
import { change, changePrompt, redo, scenes, state, undo, view } from './store.ts';

export function listen(): void {
  addEventListener('keydown', onKey);
  addEventListener('paste', (event) => {
    if (event.clipboardData?.files.length) void addFiles(event.clipboardData.files);
  });
}

function onKey(event: KeyboardEvent): void {
  const typing = event.target instanceof HTMLInputElement && event.target.type === 'text';
  if (event.ctrlKey || event.metaKey) {
    if (typing) return;
    const act = { z: event.shiftKey ? redo : undo, y: redo }[event.key.toLowerCase()];
    if (act) {
      event.preventDefault();
      act();
    }
    return;
  }
  if (
    event.altKey ||
    event.defaultPrevented ||
    event.target instanceof HTMLInputElement ||
    event.target instanceof HTMLSelectElement
  )
    return;
  const scene = /^[1-4]$/.test(event.key) ? scenes()[Number(event.key) - 1] : undefined;
  if (scene && !state.value.hide.includes('scenes')) changePrompt(scene.prompt, []);
  if (event.key === 'j' || event.key === 'k') chooseToken(event.key === 'j' ? 1 : -1);
}

function chooseToken(by: number): void {
  const last = (view('figure')?.view.tokens.length ?? 1) - 1;
  const next = Math.max(0, Math.min(last, (state.value.token ?? last) + by));
  change({ token: next === last ? null : next });
}
