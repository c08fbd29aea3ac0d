import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MEANING } from '../../src/explorer/page/meaning.ts';

const folder = new URL('../../src/explorer/worker/', import.meta.url);
const sources = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));
const thrown = new Set(sources.flatMap((text) => Array.from(text.matchAll(/new (\w+Error)\(/g), ([, name]) => name)));

it('says of each kind of error that the worker throws what it means', () => {
  expect(thrown.size).toBeGreaterThan(0);
  expect([...thrown].filter((name) => !((name as string) in MEANING))).toEqual([]);
});
