/** Changes of a prompt's list of items. */

import { type Item, isPicture } from '../state.ts';

type Items = readonly Item[];

export const replaced = (items: Items, index: number, item: Item): Item[] =>
  items.map((other, i) => (i === index ? item : other));

export const removed = (items: Items, index: number): Item[] => items.filter((_, i) => i !== index);

export const inserted = (items: Items, index: number, item: Item): Item[] => items.toSpliced(index, 0, item);

export function moved(items: Items, from: number, to: number): Item[] {
  const item = items[from];
  return item === undefined || to < 0 || to >= items.length ? [...items] : inserted(removed(items, from), to, item);
}

/** Which picture a card is, counted from 0. */
export const pictureNumber = (items: Items, index: number): number => items.slice(0, index).filter(isPicture).length;
