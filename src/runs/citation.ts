import type { Language } from './worded.ts';

const KOREAN: readonly (readonly [en: RegExp, ko: string])[] = [
  [/\bsections? ([\d.]*\d)/g, '$1절'],
  [/\bappendix ([A-Z][\d.]*)/g, '부록 $1'],
  [/\bFigure (\d+)/g, '그림 $1'],
  [/\bequation (\d+)/g, '식 $1'],
  [/ et al\. (\d+)/g, ' 외 $1'],
];

/** Where an equation stands, `Radford et al. 2021, section 2.4`, as a text in the language cites it; names stay. */
export function citation(source: string, lang: Language): string {
  return lang === 'en' ? source : KOREAN.reduce((text, [en, ko]) => text.replace(en, ko), source);
}
