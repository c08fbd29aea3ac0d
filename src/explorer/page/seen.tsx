import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Item, isPicture } from '../state.ts';
import { shrink } from './asks.ts';
import { FigureFrame } from './figure-tools.tsx';
import { Scroll } from './scroll.tsx';
import { engine, facts, fields } from './store.ts';
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
  const ready = engine.value.is === 'ready'; // the worker makes it so small
  useEffect(() => {
    let here = true;
    ownOf(item)
      .then((own) => here && draw(canvas.current, own, size))
      .catch(() => {});
    return () => {
      here = false;
    };
  }, [item, size, ready]);
  return <canvas ref={canvas} class="seen" width={size} height={size} />;
}

function draw(canvas: HTMLCanvasElement | null, own: string, size: number): void {
  const context = canvas?.getContext('2d');
  if (!context) return;
  const rgb = bytesOf(own);
  const image = context.createImageData(size, size);
  for (let i = 0; i < size * size; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = rgb.charCodeAt(3 * i + c);
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

const bytesOf = (own: string): string => atob(own.replaceAll('-', '+').replaceAll('_', '/'));

/** All pictures of the prompt as the model is given them. */
export function SeeWhatItSees(): JSX.Element {
  const pictures = fields.prompt.value.filter(isPicture);
  return (
    <details class="fold">
      <summary>{t('seeWhat')}</summary>
      <p class="quiet small">{t('seeWhatHint', { n: facts.value.imageSize })}</p>
      <FigureFrame
        name="what-it-sees"
        table={() => (
          <>
            {pictures.map((item, i) => (
              <PixelTable key={i} item={item} number={i + 1} />
            ))}
          </>
        )}
      >
        <ol class="sees">
          {pictures.map((item, i) => (
            <li key={i}>
              <SeenPicture item={item} />
              <small>{t('picture', { n: i + 1 })}</small>
            </li>
          ))}
        </ol>
      </FigureFrame>
    </details>
  );
}

/** The same pixels in numbers. */
function PixelTable({ item, number }: { item: Exclude<Item, { text: string }>; number: number }): JSX.Element {
  const [rgb, setRgb] = useState('');
  const size = facts.value.imageSize;
  const ready = engine.value.is === 'ready';
  useEffect(() => {
    let here = true;
    ownOf(item)
      .then((own) => here && setRgb(bytesOf(own)))
      .catch(() => {});
    return () => {
      here = false;
    };
  }, [item, ready]);
  const places = Array.from({ length: size }, (_, i) => i);
  const colour = (row: number, column: number): string =>
    Array.from(rgb.slice(3 * (row * size + column), 3 * (row * size + column) + 3), hex).join('');
  return (
    <Scroll label={t('pixels', { n: number })}>
      <table class="grid pixels">
        <caption>{t('pixels', { n: number })}</caption>
        <thead>
          <tr>
            <td />
            {places.map((column) => (
              <th key={column} scope="col">
                {column + 1}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rgb === ''
            ? null
            : places.map((row) => (
                <tr key={row}>
                  <th scope="row">{row + 1}</th>
                  {places.map((column) => (
                    <td key={column}>#{colour(row, column)}</td>
                  ))}
                </tr>
              ))}
        </tbody>
      </table>
    </Scroll>
  );
}

const hex = (byte: string): string => byte.charCodeAt(0).toString(16).padStart(2, '0');
