import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { writeDrawings } from '../../scripts/drawings.ts';
import { load } from '../../src/flamingo.ts';
import { KNOWLEDGE_FILE } from '../../src/model/knowledge.ts';
import { type TuneReport, tune } from '../../src/training/own/tune.ts';
import type { Report, Told } from '../../src/training/report.ts';
import { Interrupted } from '../../src/training/stage.ts';
import { englishIn } from './prose.ts';
import { runWithFake } from './support.ts';

let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'drawings-'));
  await writeDrawings(data, 1, 2, 1);
});

const out = (): Promise<string> => mkdtemp(join(tmpdir(), 'tune-'));
const modelOf = async (run: string): Promise<string> =>
  (await readFile(join(run, 'weights/model.safetensors'))).toString('base64');

it('tunes in both languages: what was there is told from what was learnt, part by part', async () => {
  const run = await out();
  const small = ['--steps', '3', '--batch', '2', '--threads', '1'];
  const korean = await runWithFake(['tune', '--data', data, '--out', run, ...small, '--lang', 'ko']);
  expect(korean.out).toContain('4줄로 학습하고, 2줄로 쟀어요');
  expect(korean.out).toContain('비트까지 그대로예요');
  expect(korean.err).toMatch(/학습 3\/3 {2}손실 [\d.]+\n/);
  expect(englishIn(korean.out.replace(/^ {2}[\w.]+/gm, ''), [])).toBe(null); // but for the names of the parts
  expect(englishIn(korean.err, [])).toBe(null);
  const { code, out: said, err } = await runWithFake(['tune', '--data', data, '--out', run, ...small]);
  expect(err).toContain('measuring 2 lines before training on 4\n');
  expect(code).toBe(0);
  expect(said).toContain('trained on 4 lines, measured with 2');
  expect(said).toMatch(/names of shipped pictures \(en\) +4\/4 /);
  expect(said).toMatch(/vision +[\d,]+ +unchanged, to the bit/);
  expect(said).toMatch(/resampler +[\d,]+ +[\d,]+ changed, by/);
  expect(said).toContain('note: 2 lines are few');
  const report = JSON.parse(await readFile(join(run, 'tune.json'), 'utf8')) as TuneReport;
  const changed = report.moved.filter((part) => part.changed > 0).map(({ part }) => part.split('.')[0]);
  expect(new Set(changed)).toEqual(new Set(['resampler', 'crossAttention', 'embeddings of <image> and <EOC>']));
  const tuned = await load(join(run, 'weights'));
  const { text } = await tuned.answer({ sequence: [{ image: join(data, 'eval-momo-1.png') }, { text: 'name :' }] });
  expect(text).toBe(report.task.after.written[0]);
  tuned.dispose();
});

it('says in the language asked for that it stops, and how to go on', async () => {
  const run = await out();
  let said = '';
  const err = (text: string): void => {
    const first = said === '';
    said += text;
    if (first) process.emit('SIGINT'); // while it measures, before the first step
  };
  const argv = ['tune', '--data', data, '--out', run, '--steps', '3', '--batch', '2', '--threads', '1', '--lang', 'ko'];
  expect((await runWithFake(argv, { err })).code).toBe(130);
  expect(said).toContain('나중에 이어서 할 수 있는 데서 멈춰요.');
  expect(said).toContain('모델을 재는 동안 멈췄어요. 같은 명령으로 이어서 해요');
  expect(said).not.toContain('그림마다 여러 모습');
  expect(englishIn(said, [])).toBe(null);
});

it('moves the vision encoder and the language model where asked, and stops and goes on to the same weights', async () => {
  const shipped = fileURLToPath(new URL('../../weights/', import.meta.url));
  const weights = await out(); // without what is asked of the shipped model before and after
  for (const name of await readdir(shipped))
    if (name !== KNOWLEDGE_FILE) await symlink(join(shipped, name), join(weights, name));
  const recipe = { steps: 3, batch: 1, views: 2, vision: true, languageModel: true };
  const silent: Report = { say: () => {}, begin: () => {}, step: () => {}, end: () => {} };
  const [whole, cut] = [await out(), await out()];
  const { moved } = await tune({ data, weights, out: whole, recipe, threads: 1, report: silent });
  const changed = moved.filter((part) => part.changed > 0).map(({ part }) => part);
  expect(changed).toEqual(expect.arrayContaining(['vision', 'resampler', 'languageModel']));
  const stop = new AbortController();
  let stage = '';
  const begin = (title: Told): void => {
    stage = typeof title === 'string' ? title : title.en;
  };
  const step = (done: number): void => {
    if (stage === 'tune' && done === 1) stop.abort();
  };
  const report: Report = { ...silent, begin, step };
  const options = { data, weights, out: cut, recipe };
  await expect(tune({ ...options, threads: 1, report, signal: stop.signal })).rejects.toThrow(Interrupted);
  await tune({ ...options, threads: 2, report: silent });
  expect(await modelOf(cut)).toBe(await modelOf(whole));
});

it('does not write its weights over those that it goes on from, also by a link', async () => {
  const run = await out();
  await mkdir(join(run, 'weights'));
  await symlink(join(run, 'weights'), join(run, 'link'));
  for (const from of ['weights', 'link']) {
    const { code, err } = await runWithFake(['tune', '--data', data, '--weights', join(run, from), '--out', run]);
    expect([code, err]).toEqual([2, expect.stringContaining('is where this run writes its weights')]);
  }
});

it('starts nothing with bad lines, and lists them', async () => {
  const bad = await mkdtemp(join(tmpdir(), 'bad-'));
  await writeFile(join(bad, 'train.jsonl'), '{"sequence": [{"image": "a.png"}, {"text": "momo<EOC>"}]}\n{}\n');
  const run = join(bad, 'run');
  const { code, err } = await runWithFake(['tune', '--data', bad, '--out', run]);
  expect(code).toBe(2);
  expect(err).toContain(`${join(bad, 'train.jsonl')}:1: `);
  expect(err).toContain('a.png does not exist');
  expect(err).toContain(`${join(bad, 'train.jsonl')}:2: sequence is missing`);
  await expect(readFile(join(run, 'run.lock'))).rejects.toThrow('ENOENT');
});

it.each([
  [[], /--data/],
  [['--data', 'nowhere'], /nowhere.*train\.jsonl does not exist/],
  [['--data', 'x', '--eval', 'y.json'], /ends with \.jsonl/],
  [['--data', 'x', '--steps', '0'], /whole number from 1/],
])('refuses %j', async (argv, message) => {
  const { code, err } = await runWithFake(['tune', ...argv]);
  expect(code).toBe(2);
  expect(err).toMatch(message);
});
