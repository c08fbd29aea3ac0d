import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { threadsThatPay } from '../../src/cli/answer-threads.ts';
import type { AnsweringModel } from '../../src/cli/context.ts';
import { Pool } from '../../src/parallel/pool.ts';
import type { Tasks } from '../../src/parallel/serve.ts';
import { EXAMPLES, runWithFake, shippedModel } from './support.ts';

const folder = await mkdtemp(join(tmpdir(), 'ask-threads-'));
afterAll(() => rm(folder, { recursive: true }));

const picture = (name: string): object => ({ image: join(EXAMPLES, `${name}.png`) });
const shots = [picture('flamingo'), { text: 'dax<EOC>' }, picture('trumpet'), { text: 'wug<EOC>' }];
const LINES: readonly string[] = [
  ...['panda', 'trumpet', 'flamingo'].map((name) => JSON.stringify({ sequence: [...shots, picture(name)] })),
  '{"sequence": [',
  JSON.stringify({ sequence: [{ image: 'missing.png' }] }),
  JSON.stringify({ sequence: [...shots, picture('flamingo-2')], candidates: ['dax', 'wug'] }),
  JSON.stringify({ sequence: [picture('panda'), { text: 'name :' }] }),
];

/** The shipped model, which answers nothing on this thread before another has answered once. */
async function waiting(threads: number): Promise<{ model: AnsweringModel; own: () => number }> {
  const model = await shippedModel();
  let own = 0;
  let heard = (): void => {};
  const other = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const everywhere = Pool.prototype.everywhere;
  vi.spyOn(Pool.prototype, 'everywhere').mockImplementation(function (this: Pool<Tasks>, task, input, hear) {
    return everywhere.call(this, task, input, (told) => {
      hear?.(told);
      heard();
    });
  });
  const answer: AnsweringModel['answer'] = async (prompt, options) => {
    if (threads > 1) await other;
    own++;
    return model.answer(prompt, options);
  };
  const { device, tokenizer, limits } = model;
  return { model: { device, tokenizer, limits, answer }, own: () => own };
}

it('says the same on any number of threads, wrong lines in their places', async () => {
  const file = join(folder, 'prompts.jsonl');
  await writeFile(file, LINES.join('\n'));
  const ask = async (threads: number) => {
    const { model, own } = await waiting(threads);
    const argv = ['ask', '--prompt', file, '--json', '--threads', String(threads)];
    const { code, out, err } = await runWithFake(argv, { openModel: async () => model });
    vi.restoreAllMocks();
    return { said: { code, out, err }, own: own() };
  };
  const one = await ask(1);
  expect(one).toMatchObject({ said: { code: 1 }, own: 5 });
  const rows = one.said.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { error?: { line: number } });
  expect(rows.map(({ error }) => error?.line ?? 0)).toEqual([0, 0, 0, 4, 5, 0, 0]);
  for (const threads of [2, 3]) {
    const { said, own } = await ask(threads);
    expect(said, `${threads} threads`).toEqual(one.said);
    expect(own).toBeLessThan(5);
  }
});

it('starts threads where a long file pays for them, for models and devices of which each can have its own', () => {
  expect([1, 199, 200, 1000].map((lines) => threadsThatPay(lines, {}, 4))).toEqual([1, 1, 2, 4]);
  expect(threadsThatPay(1000, {})).toBe(1);
  expect(threadsThatPay(1000, { model: 'openflamingo/OpenFlamingo-3B-vitl-mpt1b' }, 4)).toBe(1);
  expect(threadsThatPay(1000, { device: 'gpu:webgpu' }, 4)).toBe(1);
});

it('goes with JSONL alone', async () => {
  const { code, err } = await runWithFake(['ask', '--text', 'a', '--threads', '2']);
  expect(code).toBe(2);
  expect(err).toContain('--threads goes with JSONL');
});
