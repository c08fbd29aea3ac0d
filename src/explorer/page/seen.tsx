import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type Item, isPicture } from '../state.ts';
import { shrink } from './asks.ts';
import { facts, state } from './store.ts';
import { t } from './texts.ts';

const shrunk = new Map<string, Promise<string>>();

function ownOf(item: Exclude<Item, { text: string }>): Promise<string> {
  if ('own' in item) return Promise.resolve(item.own);
  const name = item.picture;
  const known = shrunk.get(name);
  if (known) return known;
  const made = shrink(null, name);
  made.catch(() => shrunk.delete(name));
  shrunk.set(name, made);
  return made;
}

/** A picture at the model's size, every pixel of it. */
export function SeenPicture({ item }: { item: Exclude<Item, { text: string }> }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = facts.value.imageSize;
  useEffect(() => {
    let here = true;
    ownOf(item)
      .then((own) => here && draw(canvas.current, own, size))
      .catch(() => {});
    return () => {
      here = false;
    };
  }, [item, size]);
  return <canvas ref={canvas} class="seen" width={size} height={size} />;
}

function draw(canvas: HTMLCanvasElement | null, own: string, size: number): void {
  const context = canvas?.getContext('2d');
  if (!context) return;
  const rgb = atob(own.replaceAll('-', '+').replaceAll('_', '/'));
  const image = context.createImageData(size, size);
  for (let i = 0; i < size * size; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = rgb.charCodeAt(3 * i + c);
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

/** All pictures of the prompt as the model is given them. */
export function SeeWhatItSees(): JSX.Element {
  const pictures = state.value.prompt.filter(isPicture);
  return (
    <details class="fold">
      <summary>{t('seeWhat')}</summary>
      <p class="quiet">{t('seeWhatHint', { n: facts.value.imageSize })}</p>
      <ol class="sees">
        {pictures.map((item, i) => (
          <li key={i}>
            <SeenPicture item={item} />
            <small>{t('picture', { n: i + 1 })}</small>
          </li>
        ))}
      </ol>
    </details>
  );
}
