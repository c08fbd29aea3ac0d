import type { ComponentChildren } from 'preact';
import { fields } from './store.ts';
import { EN, type TextKey } from './texts.en.ts';
import { KO } from './texts.ko.ts';

/** A text in the page's language, its `{places}` filled. */
export function t(key: TextKey, places: Readonly<Record<string, string | number>> = {}): string {
  return told(key).replace(/\{(\w+)\}/g, (whole, name: string) => String(places[name] ?? whole));
}

/** The same with elements in its places. */
export function withParts(key: TextKey, places: Readonly<Record<string, ComponentChildren>>): ComponentChildren[] {
  return told(key)
    .split(/\{(\w+)\}/)
    .map((part, i) => (i % 2 === 0 ? part : places[part]));
}

const told = (key: TextKey): string => (fields.lang.value === 'ko' ? KO[key] : undefined) ?? EN[key];
