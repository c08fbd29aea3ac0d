import { describe, expect, it } from 'vitest';
import { atOnce, type InSteps } from '../../../src/training/data/at-once.ts';
import { heedful } from '../../../src/training/data/in-steps.ts';
import { splitInSteps } from '../../../src/training/data/split.ts';
import { tokenizerInSteps } from '../../../src/training/data/train-tokenizer.ts';
import { Interrupted } from '../../../src/training/stage.ts';
import { concepts, facts } from './fixtures.ts';

const works: [string, () => InSteps<unknown>][] = [
  ['a split', () => splitInSteps(concepts, facts, 4)],
  ['a tokenizer', () => tokenizerInSteps(concepts, 1, 700)],
];

describe.each(works)('%s in steps', (_, work) => {
  it('is the same whether events are let in or not', async () => {
    expect(await heedful(work(), new AbortController().signal)).toEqual(atOnce(work()));
  });

  it('stops in the middle of the work', async () => {
    const stop = new AbortController();
    setImmediate(() => setImmediate(() => stop.abort()));
    await expect(heedful(work(), stop.signal)).rejects.toThrow(Interrupted);
  });
});
