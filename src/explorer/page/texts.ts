import { state } from './store.ts';
import { EN, type TextKey } from './texts.en.ts';
import { KO } from './texts.ko.ts';

/** A text in the page's language, its `{places}` filled. */
export function t(key: TextKey, places: Readonly<Record<string, string | number>> = {}): string {
  const text = (state.value.lang === 'ko' ? KO[key] : undefined) ?? EN[key];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(places[name] ?? whole));
}
