import { expect, it } from 'vitest';
import { readPicture } from '../../src/flamingo.ts';
import { gateBars, greySquare, overlayPng, tokenOverlays } from '../../src/inspect/index.ts';

const gates = [{ layer: 0, attention: 0.5, dense: -0.25 }];
const picture = { width: 8, height: 8, rgba: new Uint8Array(256).fill(255), notes: [] };
const preprocessing = {
  size: 8,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  background: 'drop',
  mode: 'squash',
  filter: 'bicubic',
} as const;

it('figures are drawn on the page’s own document, and show there', async () => {
  document.body.innerHTML = await gateBars(gates, { lang: 'ko' });
  const [positive, negative] = Array.from(document.querySelectorAll('g[aria-label="bar"] rect'), (bar) =>
    bar.getBoundingClientRect(),
  );
  expect(negative?.right).toBeCloseTo(positive?.left as number, 0);
  expect((positive?.width as number) / (negative?.width as number)).toBeCloseTo(2, 1);
  expect(document.querySelector('svg > title')?.textContent).toBe('게이트(gate): 블록마다 얼마나 열렸는지');
  expect(document.querySelector('svg')?.getBoundingClientRect().height).toBeGreaterThan(80);
});

it('overlays are written and read in a page', async () => {
  const square = greySquare(picture, preprocessing, 16);
  const png = await readPicture(await overlayPng(square, { rows: 1, columns: 2, values: [1, 0] }), 'it');
  expect(Array.from(png.rgba.slice(0, 4))).toEqual([64, 149, 197, 255]);
  expect(Array.from(png.rgba.slice(4 * 15, 4 * 16))).toEqual([255, 255, 255, 255]);
  const map = {
    token: 0,
    blocks: [],
    images: [{ image: 0, rows: 1, columns: 2, patches: [0.5, 0.25], elsewhere: 0.25 }],
  };
  document.body.innerHTML = await tokenOverlays([{ map }], { tokens: ['a'], pictures: [square] });
  const shown = document.querySelector('image') as SVGImageElement;
  const loaded = new Image();
  loaded.src = shown.href.baseVal;
  await loaded.decode();
  expect(loaded.naturalWidth).toBe(16);
});
