import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { TAPS_PAGES, tapsPage } from '../../scripts/taps-page.ts';
import { fileOf } from '../../src/runs/tap-files.ts';
import { TAPS, type TapName, tapOf } from '../../src/runs/taps.ts';

describe('the registry of taps', () => {
  it.each(['en', 'ko'] as const)('is what its page in %s says (else: npm run taps)', async (lang) => {
    expect(await readFile(TAPS_PAGES[lang], 'utf8')).toBe(tapsPage(lang));
  });

  it('types names', () => {
    const names: TapName[] = ['xattn.11.gate.attention', 'lm.layers.0.attention.weights', 'logits'];
    // @ts-expect-error: the language model has no gates
    const wrong: TapName = 'lm.layers.0.gate.attention';
    expect([...names, wrong].map((name) => tapOf(name) !== null)).toEqual([true, true, true, false]);
  });

  it.each(Object.entries(TAPS))('says of %s what it is', (name, { dims, equation, source, gloss }) => {
    for (const lang of ['en', 'ko'] as const) expect(tapsPage(lang)).toContain(`\`${name}\``);
    expect(dims.length).toBeGreaterThan(0);
    expect(new Set(dims).size).toBe(dims.length);
    for (const words of [equation, source]) expect(words.trim()).not.toBe('');
    const role = name.replace(/^(vision|resampler|xattn|lm|mask)\.((layers\.)?\*\.)?/, '');
    const code = readFileSync(new URL(`../../${fileOf(name)}`, import.meta.url), 'utf8');
    expect(
      [`'${role}'`, `'${name}'`].some((quoted) => code.includes(quoted)),
      `${name} in ${fileOf(name)}`,
    ).toBe(true);
    expect(gloss.en).toMatch(/^[A-Z][^가-힣]*\.$/);
    if (gloss.ko !== undefined) expect(gloss.ko).toMatch(/^[^A-Za-z].*[가-힣]요\.$/);
  });
});
