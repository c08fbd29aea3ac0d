import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frozenHash } from '../../scripts/frozen-hash.ts';
import { openSafetensors } from '../../src/files/safetensors.ts';
import { load, type Model, readFrames } from '../../src/flamingo.ts';

const root = join(import.meta.dirname, '../..');
const clip = (name: string): string => join(root, 'examples/clips', name);

describe('the weights video', () => {
  let model: Model;
  beforeAll(async () => {
    model = await load('video');
  });
  afterAll(() => model.dispose());

  it('answer the example clips as the page says, in both languages', async () => {
    const page = readFileSync(join(root, 'docs/clips.md'), 'utf8');
    const said = Array.from(
      page.matchAll(/^\| (\S+\.gif) \| `(.+?)` \| (.+?) \|$/gm),
      ([, file, text, answer]) => [file, text, answer] as [string, string, string],
    );
    expect(said.length).toBeGreaterThanOrEqual(6);
    for (const [file, text, answer] of said)
      expect((await model.answer({ sequence: [{ video: clip(file) }, { text }] })).text, `${file} ${text}`).toBe(
        answer,
      );
  });

  it('say the opposite of a clip in reverse', async () => {
    const frames = await readFrames(readFileSync(clip('rocket-up.gif')), 'rocket-up.gif');
    const answers = await Promise.all(
      [frames, frames.toReversed()].map((video) => model.answer({ sequence: [{ video }, { text: 'motion :' }] })),
    );
    expect(answers.map(({ text }) => text)).toEqual(['up', 'down']);
  });

  it('were trained beside the encoder and the language model that are shipped', async () => {
    const { frozen } = JSON.parse(readFileSync(join(root, 'weights/video/training.json'), 'utf8'));
    const shipped = await openSafetensors(readFileSync(join(root, 'weights/model.safetensors')));
    expect(await frozenHash(shipped)).toBe(frozen); // else train them anew: scripts/ship-video.ts
  });
});
