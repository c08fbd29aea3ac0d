import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { likelyLines, saidLine } from '../../src/cli/render.ts';
import { Answer } from '../../src/model/answer.ts';
import { PICTURES, type Result, runWithFake } from './support.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glass-flamingo-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const rgb = join(PICTURES, 'rgb.png');

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function refused({ code, out, err }: Result, message: string | RegExp): void {
  expect(err).toMatch(message);
  expect(code).toBe(2);
  expect(out).toBe('');
  expect(err).not.toMatch(/^\s+at .*:\d+/m);
}

describe('ask', () => {
  test('answers pictures and texts in the order in which they were written', async () => {
    const gif = join(PICTURES, 'animated.gif');
    const { code, out, err } = await runWithFake([
      'ask',
      '--image',
      rgb,
      '--text',
      'dax<EOC>',
      '--image',
      gif,
      '--text',
      'name :',
    ]);
    expect(code).toBe(0);
    expect(out).toContain('device: simd\n');
    expect(out).toContain('[rgb.png] dax<EOC>\n[animated.gif] name :\n');
    expect(out).toContain('answer      97x61 51x43  (low confidence, 43.8%: more likely wrong than right)\n');
    expect(out).toContain('likely      97x61 51x43  43.8%\n              (nothing)    25.0%\n');
    expect(out).not.toContain('75.0%');
    expect(out).toMatch(/ 0 {8}██│ {9}-0\.250 {10}│████ {6}0\.500\n/);
    expect(err).toBe(`note: ${gif} is an animation of 3 frames: only frame 1 is looked at\n`);
  });

  test('reads clips, and says of how many frames it looks at fewer', async () => {
    const gif = join(PICTURES, 'animated.gif');
    const list = write('clip.json', JSON.stringify({ sequence: [{ video: [rgb, gif] }, { text: 'name :' }] }));
    const { out, err } = await runWithFake(['ask', '--video', gif, '--text', 'name :']);
    expect(out).toContain('[animated.gif] name :\n');
    expect(out).toContain('answer      3 frames  ');
    expect(err).toBe('note: a clip has 3 frames: 2 of them are looked at, evenly\n');
    const listed = await runWithFake(['ask', '--prompt', list, '--lang', 'ko']);
    expect(listed.out).toContain('[rgb.png .. animated.gif] name :\n');
    expect(listed.err).toContain('프레임 3개 가운데 첫 프레임만 봐요');
    refused(
      await runWithFake(['attend', '--prompt', list]),
      'sequence[0] is a clip; expected a picture: attend takes no clips',
    );
    const korean = await runWithFake(['gates', '--prompt', list, '--lang', 'ko']);
    expect(korean.err).toContain(
      'sequence[0]: 움직이는 그림이에요. 필요한 것: 그림. gates에는 움직이는 그림을 쓸 수 없어요',
    );
  });

  test('an answer that is not among the likeliest is less likely than the last of them', () => {
    const likely = [
      { text: 'a', probability: 0.3 },
      { text: 'b', probability: 0.02 },
    ];
    const answer = Object.assign(Object.create(Answer.prototype), { text: 'c', likely }) as Answer;
    expect(saidLine(answer, { lang: 'en', colours: false })).toContain('c  (low confidence, < 2.0%:');
    expect(likelyLines(answer, { lang: 'en', colours: false })).toEqual(['a  30.0%', 'b   2.0%', 'c < 2.0%']);
    const among = Object.assign(Object.create(Answer.prototype), { text: 'b', likely }) as Answer;
    expect(likelyLines(among, { lang: 'en', colours: false })).toEqual(['a  30.0%', 'b   2.0%']);
  });

  test('prints one line of JSON, and the device elsewhere', async () => {
    const { code, out, err, opened } = await runWithFake([
      'ask',
      '--image',
      rgb,
      '--json',
      '--device',
      'gpu',
      '--weights',
      'w',
    ]);
    expect(code).toBe(0);
    expect(opened).toEqual([{ device: 'gpu', weights: 'w' }]);
    expect(err).toBe('device: gpu:webasm\n');
    expect(out.endsWith('}\n')).toBe(true);
    expect(JSON.parse(out)).toEqual({
      text: '97x61',
      likely: [
        { text: '97x61', probability: 0.4375 },
        { text: '', probability: 0.25 },
      ],
      lowConfidence: true,
      alternatives: [
        { token: '빵', probability: 0.75 },
        { token: 'bread', probability: 0.125 },
      ],
      gates: [
        { layer: 0, attention: -0.25, dense: 0.5 },
        { layer: 1, attention: 1, dense: 0 },
      ],
    });
  });

  test('a prompt file: paths are relative to it, candidates are ranked', async () => {
    write('near.png', readFileSync(rgb));
    const file = write(
      'prompt.json',
      '{"sequence": [{"image": "near.png"}, {"text": "a"}], "candidates": ["dax", "wug"]}',
    );
    const { code, out } = await runWithFake(['ask', '--prompt', file, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      text: '97x61',
      candidates: [{ text: 'dax', logProbability: -1.5, tokens: 2 }, {}],
    });
    const readable = await runWithFake(['ask', '--prompt', file]);
    expect(readable.out).toContain('ranking     dax  73.1%\n              wug  26.9%\n');
    const tokens = await runWithFake(['ask', '--prompt', file, '--tokens']);
    expect(tokens.out).toContain('ranking     dax   -1.500 (2 tokens)\n');
    expect(tokens.out).toContain('first token 빵     75.0%\n');
  });
});

describe('ask refuses, with exit code 2 and no stack trace,', () => {
  const image = (...paths: string[]) => ['ask', ...paths.flatMap((path) => ['--image', path])];
  const prompt = (name: string, content: string) => ['ask', '--json', '--prompt', write(name, content)];

  test('a missing picture', async () => {
    const result = await runWithFake([...image('nowhere/a.png'), '--json']);
    refused(result, 'glass-flamingo: nowhere/a.png does not exist; expected a picture file\n');
    const file = prompt('missing.json', '{"sequence": [{"image": "sub/a.png"}]}');
    refused(await runWithFake(file), `${join(folder, 'sub/a.png')} does not exist`);
  });

  test('a folder, and a file that is not a picture', async () => {
    refused(await runWithFake([...image(PICTURES), '--json']), 'is a folder; expected a picture file');
    refused(await runWithFake([...image(write('a.txt', 'words')), '--json']), /a\.txt is text, not a picture/);
    refused(await runWithFake([...image(write('empty.png', '')), '--json']), /empty\.png is empty/);
  });

  test('malformed JSON, with its line', async () => {
    const malformed = prompt('bad.json', '{"sequence": [\n  {"text": "a"},\n]}');
    refused(await runWithFake(malformed), `${join(folder, 'bad.json')}:3: the prompt is not JSON: line 3, column 1`);
  });

  test('a prompt file that is missing or no text', async () => {
    refused(
      await runWithFake(['ask', '--prompt', 'nowhere.json']),
      'nowhere.json does not exist; expected a prompt file',
    );
    refused(await runWithFake(['ask', '--prompt', rgb]), /rgb\.png is not a text in UTF-8/);
    refused(await runWithFake(prompt('empty.jsonl', '\n')), /empty\.jsonl: the file is empty/);
  });

  test('an unknown key and an empty sequence', async () => {
    refused(
      await runWithFake(prompt('key.json', '{"sequnce": []}')),
      /key\.json: the prompt has the unknown key "sequnce"/,
    );
    refused(await runWithFake(prompt('none.json', '{"sequence": []}')), /none\.json: sequence is empty/);
  });

  test('too many pictures or tokens', async () => {
    refused(
      await runWithFake([...image(rgb, rgb, rgb, rgb), '--json']),
      'sequence holds 4 pictures; expected at most 3',
    );
    const long = await runWithFake(['ask', '--json', '--text', 'word '.repeat(16)]);
    refused(long, 'the prompt needs 17 tokens, and 8 more to generate or rank; expected at most 24 together');
  });

  test('an unknown command or option, and nothing to answer', async () => {
    refused(await runWithFake(['aks']), /unknown command 'aks'/);
    refused(await runWithFake(['ask', '--imge', 'a.png']), /unknown option '--imge'[\s\S]*--image/);
    refused(await runWithFake(['ask']), 'glass-flamingo: expected --prompt, or --image and --text');
    refused(await runWithFake(['ask', '--prompt', 'a.json', '--text', 'a']), 'goes without');
    refused(await runWithFake(['ask', 'a.png']), /too many arguments/);
    expect((await runWithFake([])).code).toBe(2);
  });
});

describe('a picture by its address', () => {
  const bytes = readFileSync(rgb);
  let server: Server;
  let address = '';
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/a/rgb.png') response.end(bytes);
      else if (request.url === '/page') response.end('<!doctype html><title>Not here');
      else response.writeHead(404).end();
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  test.each([
    ['http:', () => `${address}/a/rgb.png`, '[rgb.png]'],
    ['file:', () => pathToFileURL(rgb).href, '[rgb.png]'],
    ['data:', () => `data:image/png;base64,${bytes.toString('base64')}`, '[data:image/png]'],
  ])('%s is read as a file is, from the command line and from a file of prompts', async (_, place, name) => {
    const { code, out } = await runWithFake(['ask', '--image', place(), '--text', 'name :']);
    expect([code, out]).toEqual([0, expect.stringContaining(`${name} name :`)]);
    const file = write('address.json', JSON.stringify({ sequence: [{ image: place() }, { text: 'name :' }] }));
    expect((await runWithFake(['ask', '--prompt', file])).out).toContain(`${name} name :`);
  });

  test.each([
    ['/none.png', 'cannot be fetched (404)', '가져올 수 없어요 (404)'],
    ['/page', 'is an HTML page', 'HTML 페이지예요'],
  ])('%s is named where it gives no picture', async (path, en, ko) => {
    const ask = ['ask', '--image', `${address}${path}`, '--text', 'name :'];
    const found = await runWithFake(ask);
    expect([found.code, found.err]).toEqual([2, expect.stringContaining(`${address}${path} ${en}`)]);
    expect((await runWithFake([...ask, '--lang', 'ko'])).err).toContain(ko);
  });
});

describe('JSONL', () => {
  const lines = [
    '{"sequence": [{"text": "a"}]}',
    '{"sequence": [{"image": "missing.png"}]}',
    '',
    '{"sequence": [',
    '{"sequence": [{"text": "b"}], "candidates": ["x"]}',
  ].join('\n');

  test('the other lines are still answered', async () => {
    const file = write('prompts.jsonl', lines);
    const { code, out, err, opened } = await runWithFake(['ask', '--prompt', file, '--json']);
    expect(code).toBe(1);
    expect(opened.length).toBe(1);
    const missing = `${join(folder, 'missing.png')} does not exist; expected a picture file`;
    const rows = out
      .trimEnd()
      .split('\n')
      .map((row) => JSON.parse(row) as Record<string, unknown>);
    expect(rows).toEqual([
      expect.objectContaining({ text: '빵' }),
      { error: { line: 2, message: missing } },
      { error: { line: 4, message: expect.stringContaining('is not JSON: line 4') } },
      expect.objectContaining({ candidates: [{ text: 'x', logProbability: -1.5, tokens: 2 }] }),
    ]);
    expect(err).toContain(`${file}:2: ${missing}\n`);
    expect(err).toContain(`${file}:4: the prompt is not JSON`);
  });

  test('exit code 0 when every line is answered', async () => {
    const file = write('good.jsonl', '{"sequence": [{"text": "a"}]}\n'.repeat(2));
    const { code, out } = await runWithFake(['ask', '--prompt', file]);
    expect(code).toBe(0);
    expect(out.match(/answer /g)?.length).toBe(2);
    expect(out.match(/gates /g)?.length).toBe(1);
  });

  test('a mistake of the program itself is not a wrong line', async () => {
    const file = write('bug.jsonl', '{"sequence": [{"text": "a"}]}');
    const { code, err } = await runWithFake(['ask', '--prompt', file], {
      openModel: () => Promise.reject(new TypeError('undefined is not a function')),
    });
    expect(code).toBe(70);
    expect(err).toContain('please report it');
  });
});

describe('a question that training never asked', () => {
  const ask = (...more: string[]) => runWithFake(['ask', '--image', rgb, ...more]);

  test('is noted with the forms that are known', async () => {
    const { code, out, err } = await ask('--text', 'colour:');
    expect(code).toBe(0);
    expect(out).toContain('answer ');
    expect(err).toMatch(/^note: 'colour:' is not a question[^\n]*\n {2}"name :"/);
    expect((await ask('--text', '색깔:', '--lang', 'ko')).err).toMatch(/^알림: '색깔:'/);
    expect((await ask('--text', 'NAME?')).err).toContain('; the nearest is "name?". After');
    expect((await ask('--text', '이게 뭐야', '--lang', 'ko')).err).toContain('가장 가까운 질문은 "이게 뭐야?"');
  });

  test('stands in JSON', async () => {
    const { out, err } = await ask('--text', 'colour:', '--json');
    expect(err).toBe('device: simd\n');
    const { unknownQuestion } = JSON.parse(out) as { unknownQuestion: { asked: string; known: string[] } };
    expect(unknownQuestion.asked).toBe('colour:');
    expect(unknownQuestion.known).toContain('name :');
  });

  test.each([
    ['a known form', ['--text', 'name :']],
    ['no words', []],
    ['what the prompt taught', ['--text', 'size : big<EOC>', '--image', rgb, '--text', 'size :']],
    ['a model whose files do not say what it knows', ['--text', 'colour:', '--weights', 'somewhere']],
  ])('is not %s', async (_, more) => {
    expect((await ask(...more)).err).toBe('');
  });
});

describe('help', () => {
  test('shows examples, limits and exit codes', async () => {
    const { code, out } = await runWithFake(['ask', '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/9 pictures and 96 tokens/);
    expect(out).toMatch(/64 megapixels/);
    expect(out).toContain('--image a.png --text "name :"');
    expect((await runWithFake(['--version'])).out).toMatch(/^\d+\.\d+\.\d+/);
    expect((await runWithFake(['--help'])).out).toMatch(/demo[\s\S]*ask/);
  });
});
