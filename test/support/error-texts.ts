/** What a source's errors say, read from its text. */

import { readFileSync } from 'node:fs';

/** Where `${..}` at a place of a text ends. */
function endOfSlot(source: string, from: number): number {
  let open = 0;
  for (let at = from + 1; ; at++) {
    if (source[at] === '{') open++;
    else if (source[at] === '}' && --open === 0) return at + 1;
  }
}

/** The literal at a place of a source, with 7 for what is filled in, and where it ends; null where none begins. */
export function literalAt(source: string, from: number): { readonly text: string; readonly end: number } | null {
  const quote = source[from] as string;
  if (!'\'`"'.includes(quote)) return null;
  let text = '';
  let at = from + 1;
  while (source[at] !== quote) {
    if (quote === '`' && source.startsWith('${', at)) {
      at = endOfSlot(source, at);
      text += '7';
    } else if (source[at] === '\\') {
      text += source[at + 1] === 'n' ? '\n' : source[at + 1];
      at += 2;
    } else text += source[at++];
  }
  return { text, end: at + 1 };
}

/** What errors of these kinds say, such as 'Edit|Tap', by their source; literals that are joined by + are one. */
export function errorTexts(source: string, kinds: string): string[] {
  const calls = source.matchAll(new RegExp(`new (?:${kinds})Error\\(\\s*`, 'g'));
  return Array.from(calls, ({ 0: call, index }) => {
    let text = '';
    let found = literalAt(source, index + call.length);
    while (found) {
      text += found.text;
      const joined = /^\s*\+\s*/.exec(source.slice(found.end));
      found = joined && literalAt(source, found.end + joined[0].length);
    }
    return text;
  })
    .map((text) => text.replace(/(?<=[a-z])7$/, '')) // advice that may stand at the end
    .filter((text) => /[a-z]/i.test(text)); // what is only put together says what its parts say
}

/** What is said of files of safetensors that break a rule of the format. */
export function headerTexts(): string[] {
  return ['safetensors.ts', 'safetensors-header.ts'].flatMap((file) => {
    const source = readFileSync(new URL(`../../src/files/${file}`, import.meta.url), 'utf8');
    return Array.from(source.matchAll(/safetensorsError\('[\w-]+', |sentence = /g)).flatMap(({ 0: call, index }) => {
      const text = literalAt(source, index + call.length)?.text.replace(/^7 (?!bytes|stands)/, 'tensor 7 ');
      return text ? [text] : [];
    });
  });
}
