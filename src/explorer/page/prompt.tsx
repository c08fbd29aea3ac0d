import { useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Problem as ProblemOf } from '../protocol.ts';
import { type Item, isPicture, latentsAt, withLatents } from '../state.ts';
import { shrink } from './asks.ts';
import { dropOf, startDrag } from './drag.ts';
import { inserted, moved, pictureNumber, removed, replaced } from './items.ts';
import { Problem, saidOf } from './problem.tsx';
import { SeenPicture } from './seen.tsx';
import { changePrompt, facts, fields, notice, PICTURES, previews, problems, state } from './store.ts';
import { t } from './texts.ts';

const END = '<EOC>';

/** What is wrong with the prompt itself: it is said under the cards. */
export function promptProblem(): ProblemOf | null {
  const problem = problems.value.answer;
  return problem?.name === 'PromptError' ? problem : null;
}

/** The prompt as cards, in reading order. */
export function PromptStrip(): JSX.Element {
  const prompt = fields.prompt.value;
  const fixed = fields.hide.value.includes('prompt');
  const problem = promptProblem();
  return (
    <section
      class="prompt"
      aria-labelledby="prompt-title"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void addFiles(event.dataTransfer?.files);
      }}
    >
      <h2 id="prompt-title" class="hidden">
        {t('prompt')}
      </h2>
      <ol class="cards">
        {prompt.map((item, i) => (
          <li key={i} class={isPicture(item) ? 'card picture-card' : 'card text-card'} data-card={i}>
            {isPicture(item) ? <PictureCard item={item} index={i} /> : <TextCard text={item.text} index={i} />}
            {fixed ? null : <CardMenu index={i} />}
          </li>
        ))}
        {fixed ? null : <Adders />}
      </ol>
      {problem ? <Problem problem={problem} ofPrompt /> : null}
    </section>
  );
}

function PictureCard({ item, index }: { item: Exclude<Item, { text: string }>; index: number }): JSX.Element {
  const number = pictureNumber(fields.prompt.value, index);
  const from = useComputed(() => latentsAt(fields.edits.value, pictureNumber(fields.prompt.value, index))).value;
  return (
    <button
      type="button"
      class={`picture image-${number % 6}`}
      onPointerDown={(event) => startDrag(event, index, dropped)}
      onKeyDown={(event) => cardKeys(event, index)}
    >
      <ItemPicture item={item} />
      <span class="hidden">
        {t('picture', { n: number + 1 })}: {nameOf(item)}
      </span>
      <span class="number" aria-hidden="true">
        {number + 1}
      </span>
      {from === null ? null : <span class="badge">{t('latentsOf', { n: from + 1 })}</span>}
    </button>
  );
}

export function ItemPicture({ item }: { item: Exclude<Item, { text: string }> }): JSX.Element {
  const shown = 'picture' in item ? `pictures/${item.picture}.png` : previews.get(item.own);
  return shown ? <img src={shown} alt="" draggable={false} /> : <SeenPicture item={item} />;
}

export const nameOf = (item: Item): string =>
  'picture' in item ? item.picture : 'own' in item ? t('ownPicture') : item.text;

function TextCard({ text, index }: { text: string; index: number }): JSX.Element {
  const ends = text.endsWith(END);
  const words = ends ? text.slice(0, -END.length) : text;
  const write = (words: string, ends: boolean): void =>
    changePrompt(replaced(state.value.prompt, index, { text: words + (ends ? END : '') }));
  const fixed = fields.hide.value.includes('prompt');
  return (
    <>
      <input
        type="text"
        value={words}
        size={Math.max(5, words.length + 1)}
        maxLength={200}
        aria-label={t('words')}
        disabled={fixed}
        onInput={(event) => write(event.currentTarget.value, ends)}
        onKeyDown={(event) => event.altKey && cardKeys(event, index)}
      />
      <button
        type="button"
        class="ends"
        aria-pressed={ends}
        disabled={fixed}
        title={t('endsHere')}
        aria-label={t('endsHere')}
        onClick={() => write(words, !ends)}
      >
        {ends ? END : `+ ${END}`}
      </button>
    </>
  );
}

function cardKeys(event: KeyboardEvent, index: number): void {
  const { prompt, hide } = state.value;
  if (hide.includes('prompt')) return;
  const acts: Record<string, (() => void) | undefined> = {
    ArrowLeft: event.altKey ? () => changePrompt(moved(prompt, index, index - 1)) : undefined,
    ArrowRight: event.altKey ? () => changePrompt(moved(prompt, index, index + 1)) : undefined,
    Delete: () => changePrompt(removed(prompt, index)),
  };
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

/** What a pointer let go of: over another picture its latents go there, between cards the card does. */
function dropped(from: number, event: PointerEvent): void {
  const { prompt, hide } = state.value;
  const drop = dropOf(event);
  if (!drop || hide.includes('prompt') || drop.card === from) return;
  const target = prompt[drop.card];
  if (drop.onto && target && isPicture(target)) {
    const [a, b] = [pictureNumber(prompt, from), pictureNumber(prompt, drop.card)];
    changePrompt(prompt, withLatents(state.value, a, b).edits);
    return;
  }
  const to = drop.card + (drop.after ? 1 : 0);
  changePrompt(moved(prompt, from, to > from ? to - 1 : to));
}

/** Opens towards the side where there is room. */
function keepInside(menu: HTMLElement | null | undefined): void {
  menu?.classList.remove('to-left');
  menu?.classList.toggle('to-left', menu.getBoundingClientRect().right > document.documentElement.clientWidth);
}

function CardMenu({ index }: { index: number }): JSX.Element {
  const prompt = fields.prompt.value;
  const item = prompt[index] as Item;
  const menu = useRef<HTMLDetailsElement>(null);
  const act = (next: () => void) => () => {
    if (menu.current) menu.current.open = false;
    next();
  };
  const number = pictureNumber(prompt, index);
  const pictures = prompt.filter(isPicture);
  return (
    <details
      class="menu"
      ref={menu}
      onToggle={() => keepInside(menu.current?.querySelector('div'))}
      onBlur={(event) => {
        const inside = event.relatedTarget instanceof Node && menu.current?.contains(event.relatedTarget);
        if (menu.current && !inside) menu.current.open = false;
      }}
    >
      <summary aria-label={t('more', { what: nameOf(item) })}>⋯</summary>
      <div>
        <button type="button" disabled={index === 0} onClick={act(() => changePrompt(moved(prompt, index, index - 1)))}>
          {t('moveLeft')}
        </button>
        <button
          type="button"
          disabled={index === prompt.length - 1}
          onClick={act(() => changePrompt(moved(prompt, index, index + 1)))}
        >
          {t('moveRight')}
        </button>
        {isPicture(item)
          ? pictures.map((other, from) => (
              <button
                key={from}
                type="button"
                onClick={act(() => changePrompt(prompt, withLatents(state.value, from, number).edits))}
              >
                {from === number ? t('ownLatents') : `${t('useLatents', { n: from + 1 })} (${nameOf(other)})`}
              </button>
            ))
          : null}
        <button type="button" onClick={act(() => changePrompt(removed(prompt, index)))}>
          {t('remove')}
        </button>
      </div>
    </details>
  );
}

function Adders(): JSX.Element {
  return (
    <li class="card adders">
      <PicturePicker label={t('addPicture')} pick={addItem} files={addFiles} />
      <button type="button" onClick={() => addItem({ text: 'name :' })}>
        {t('addText')}
      </button>
    </li>
  );
}

interface PickerProps {
  readonly label: string;
  readonly pick: (item: Exclude<Item, { text: string }>) => void;
  readonly files: (files: FileList | undefined) => Promise<void>;
}

/** The page's pictures to choose from, and the way to one's own. */
export function PicturePicker({ label, pick, files }: PickerProps): JSX.Element {
  const file = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {label}
      </button>
      {open ? (
        <div class="chooser" ref={keepInside}>
          {PICTURES.map((picture) => (
            <button
              key={picture}
              type="button"
              aria-label={picture}
              title={picture}
              onClick={() => {
                setOpen(false);
                pick({ picture });
              }}
            >
              <img src={`pictures/${picture}.png`} alt="" />
            </button>
          ))}
          <button type="button" onClick={() => file.current?.click()}>
            {t('ownPicture')}
          </button>
        </div>
      ) : null}
      <input
        ref={file}
        class="hidden"
        type="file"
        tabIndex={-1}
        accept="image/*"
        multiple
        aria-label={t('ownPicture')}
        onChange={(event) => {
          setOpen(false);
          void files(event.currentTarget.files ?? undefined);
        }}
      />
    </>
  );
}

function addItem(item: Item): boolean {
  const { prompt } = state.value;
  const { images } = facts.value.limits;
  if (isPicture(item) && prompt.filter(isPicture).length >= images) {
    notice.value = t('tooMany', { n: images });
    return false;
  }
  changePrompt(inserted(prompt, prompt.length, item));
  return true;
}

/** Files to the end of the prompt. */
export const addFiles = (files: FileList | undefined): Promise<void> => readFiles(files, (own) => addItem({ own }));

/** Files that are not pictures are reported, and change nothing. @param add false when there is no room for more */
export async function readFiles(files: FileList | undefined, add: (own: string) => boolean): Promise<void> {
  for (const file of Array.from(files ?? [])) {
    try {
      const own = await shrink(file, file.name);
      previews.set(own, URL.createObjectURL(file));
      if (!add(own)) return;
      notice.value = '';
    } catch (error) {
      notice.value = saidOf(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
