import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runWithFake } from './support.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'names-'));
  const things = [
    { name: 'owl', korean: '부엉이', kind: 'bird' },
    { name: 'pear', korean: '배', kind: 'fruit' },
    { name: 'flamingo', korean: '홍학', kind: 'bird' },
    { name: 'comet', korean: '혜성', kind: 'bird' },
    { name: 'swan', korean: '백조', kind: 'bird', relatives: ['flamingo'] },
  ];
  const questions = [{ asks: 'name', language: 'en', forms: ['name :', 'name?'] }];
  const split = { seed: 1, heldStyle: 'emojione', trainingStyles: ['noto', 'twemoji'], vision: ['owl'] };
  const lists = { seen: ['owl', 'pear'], novel: ['flamingo'], development: ['comet'], excluded: ['swan'] };
  const write = (file: string, content: object) => writeFileSync(join(folder, file), JSON.stringify(content));
  write('knowledge.json', { kinds: { bird: '새', fruit: '과일' }, things, questions });
  write('splits.json', { ...split, ...lists });
});
afterAll(() => rmSync(folder, { recursive: true }));

const names = (...argv: string[]) => runWithFake(['names', '--weights', folder, ...argv]);

test('lists what is known, what was held out and why, by kind', async () => {
  const { code, out } = await names();
  expect(code).toBe(0);
  expect(out).toMatch(/^2 things that it names.*\n {2}bird {3}owl 부엉이\n {2}fruit {2}pear 배\n/);
  expect(out).toMatch(/\n1 held out: never shown, .*\n {2}bird {3}flamingo 홍학\n/);
  expect(out).toMatch(/\n1 held out: never shown either; .*\n {2}bird {3}comet 혜성\n/);
  expect(out).toMatch(/\n1 left out: .*\n {2}bird {3}swan 백조\n/);
  expect(out).toContain('drawings by EmojiOne are held out too: training showed those of Noto, Twemoji.');
  expect(out).toContain('"name :"  "name?"');
});

test('speaks Korean', async () => {
  const { out } = await names('--lang', 'ko');
  expect(out).toMatch(/^이름을 아는 것 2가지.*\n {2}새 {4}부엉이 owl\n {2}과일 {2}배 pear\n/);
  expect((await names('--lang', 'ko', 'swan')).out).toBe('swan  백조  새  함께 뺀 것  비슷한 것: 홍학\n');
});

test('looks words up in both languages, and says what no name holds', async () => {
  const { code, out, err } = await names('swan', '홍학', 'zebra');
  expect(code).toBe(1);
  expect(out).toBe('flamingo  홍학  bird  held out\nswan      백조  bird  left out  like flamingo\n');
  expect(err).toBe("no name holds 'zebra': the model was never told of it\n");
});

test('prints JSON', async () => {
  const { out } = await names('--json', 'swan');
  expect(JSON.parse(out)).toMatchObject({
    things: [{ name: 'swan', korean: '백조', kind: 'bird', relatives: ['flamingo'], use: 'excluded' }],
    heldStyle: 'emojione',
  });
});

test('of weights that do not say it is refused', async () => {
  const { code, err } = await runWithFake(['names', '--weights', 'nowhere']);
  expect(code).toBe(2);
  expect(err).toContain('nowhere does not say what its model knows');
});

test('knows the panda of the shipped weights, and that the flamingo was held out', async () => {
  const { out } = await runWithFake(['names', 'panda', 'flamingo']);
  expect(out).toMatch(/panda +판다 +animal +known\nflamingo +홍학 +bird +held out\n/);
});
