import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  Flamingo,
  type FlamingoConfig,
  loadPicture,
  Model,
  type Picture,
  type Prompt,
  type PromptItem,
  SharedBeginning,
} from '../../src/flamingo.ts';
import { ArgumentError, openDevice, Random } from '../../src/tensor/index.ts';
import { shippedModel } from '../cli/support.ts';
import { enliven } from '../flamingo/tiny.ts';

let shipped: Model;
let pictures: Picture[];
beforeAll(async () => {
  shipped = await shippedModel();
  const files = ['flamingo', 'trumpet', 'panda'].map((name) => `../../examples/pictures/${name}.png`);
  pictures = await Promise.all(files.map((file) => loadPicture(new URL(file, import.meta.url))));
});

const WORDS = ['dax<EOC>', 'wug<EOC>', 'name :', 'What is this?', '이름 :', 'panda<EOC>'];
const MAX_ITEMS = 14;

/** Prompts that begin like the one before, as far as chance has it. */
function randomPrompts(random: Random, count: number): Prompt<Picture>[] {
  let sequence: PromptItem<Picture>[] = [];
  return Array.from({ length: count }, () => {
    sequence = sequence.slice(0, random.integer(sequence.length + 1));
    for (let more = 1 + random.integer(4); more > 0 && sequence.length < MAX_ITEMS; more--)
      sequence.push(random.chance(0.4) ? { image: random.pick(pictures) } : { text: random.pick(WORDS) });
    while (sequence.filter((item) => 'image' in item).length > 5) sequence.shift();
    return { sequence: [...sequence], generate: { maxTokens: 2 }, candidates: ['dax', 'a wug'] };
  });
}

const bits = ({ ids, logits, likely, candidates }: Answer): unknown => ({ ids, logits, likely, candidates });

/** A small model of other weights and rules, with the shipped tokenizer. */
async function variant(device: string, change: Partial<FlamingoConfig>): Promise<Model> {
  const { config, tokenizer } = shipped;
  const { resampler, crossAttention, languageModel } = config.model;
  const small = {
    ...config.model,
    vision: { imageSize: 32, patchSize: 8, width: 16, layers: 1, heads: 2, hidden: 24, projection: 8 },
    resampler: { ...resampler, width: 16, depth: 1, heads: 2, headDim: 8 },
    crossAttention: { ...crossAttention, heads: 2, headDim: 8 },
    languageModel: { ...languageModel, width: 24, layers: 2, heads: 3, hidden: 40 },
    ...change,
  };
  const flamingo = new Flamingo({ device: await openDevice(device), random: new Random(5) }, small);
  enliven(flamingo, 6);
  return new Model({ flamingo, tokenizer, config: { ...config, model: small } });
}

async function sameBits(model: Model, random: Random, count: number): Promise<void> {
  const shared = new SharedBeginning();
  for (const prompt of randomPrompts(random, count)) {
    const together = await model.answer(prompt, { shared, likely: 2 });
    expect(bits(together)).toEqual(bits(await model.answer(prompt, { likely: 2 })));
  }
  shared.dispose();
}

const rules: readonly [string, Partial<FlamingoConfig>][] = [
  ['the latest picture', {}],
  ['all pictures before', { attend: 'previous' }],
  ['all pictures before, and the mean of all ahead of the first', { attend: 'previous', beforeFirst: 'mean' }],
  ['the next picture', { attend: 'next' }],
];

describe('the same bits as without', () => {
  it('from the shipped model', () => sameBits(shipped, new Random(1), 12));

  it.each(rules)('where text sees %s', async (_, change) => {
    await sameBits(await variant('simd', change), new Random(2), 16);
  });

  it('where a document ends within a row', async () => {
    const tokens = { ...shipped.config.model.tokens, endOfDocument: shipped.tokenizer.special.eoc };
    await sameBits(await variant('simd', { tokens }), new Random(3), 16);
  });

  it.each([{ kind: 'rotary' } as const, { kind: 'alibi' } as const])(
    'with positions of kind $kind',
    async (positions) => {
      const languageModel = {
        ...shipped.config.model.languageModel,
        width: 24,
        layers: 2,
        heads: 3,
        hidden: 40,
        positions,
      };
      await sameBits(await variant('simd', { languageModel }), new Random(4), 16);
    },
  );

  it('on gpu.js', async () => sameBits(await variant('gpu:cpu', {}), new Random(5), 3));
});

describe('what is not done again', () => {
  const shots = (): PromptItem<Picture>[] => [
    ...[
      { image: pictures[0] as Picture },
      { text: 'dax<EOC>' },
      { image: pictures[1] as Picture },
      { text: 'wug<EOC>' },
    ],
    ...[
      { image: pictures[0] as Picture },
      { text: 'dax<EOC>' },
      { image: pictures[1] as Picture },
      { text: 'wug<EOC>' },
    ],
  ];

  it('is the reading of the first words and the encoding of pictures that were seen', async () => {
    const model = await variant('simd', {});
    const { flamingo } = model;
    const read: number[] = [];
    const encoded: number[] = [];
    const [next, encode] = [flamingo.next.bind(flamingo), flamingo.encode.bind(flamingo)];
    flamingo.next = (inputs, count) => {
      read.push(inputs.ids.shape[1] as number);
      return next(inputs, count);
    };
    flamingo.encode = (pixels, tap) => {
      encoded.push(pixels.shape[1] as number);
      return encode(pixels, tap);
    };
    const shared = new SharedBeginning();
    const before = model.device.liveTensors;
    for (const image of [pictures[2], pictures[0], pictures[2]] as Picture[]) {
      const sequence = [...shots(), { image }, { text: 'What is this?' }];
      await model.answer({ sequence, generate: { maxTokens: 1 } }, { shared });
    }
    const [whole = 0, second, third] = read;
    expect([second, third]).toEqual([9, 9]); // of which some stand in the beginning: see FEW_ROWS
    expect(whole).toBeGreaterThan(18);
    expect(encoded).toEqual([5, 1]); // the second has no picture that the first has not
    expect(String(shared)).toBe(`SharedBeginning of ${whole} tokens and 5 pictures`);
    shared.dispose();
    expect(model.device.liveTensors).toBeLessThanOrEqual(before);
  });

  it('is nothing where a value is captured: all is computed from the start', async () => {
    const shared = new SharedBeginning();
    const prompt = { sequence: [...shots(), { text: 'What is this?' }] };
    await shipped.answer(prompt, { shared });
    const { run } = await shipped.answer(prompt, { shared, capture: ['lm.embeddings.out'] });
    const prepared = await shipped.prepare(prompt);
    expect(run.get('lm.embeddings.out').shape[1]).toBe(prepared.ids.length);
    prepared.dispose();
    shared.dispose();
  });
});

describe('refuses', () => {
  const prompt = { sequence: [{ text: 'name :' }] };

  it('prompts of two models', async () => {
    const shared = new SharedBeginning();
    await shipped.answer(prompt, { shared });
    await expect(async () => (await variant('simd', {})).answer(prompt, { shared })).rejects.toThrow(
      'what is shared was read by another model',
    );
    shared.dispose();
  });

  it('something else in its place', async () => {
    const shared = {} as unknown as SharedBeginning;
    await expect(shipped.answer(prompt, { shared })).rejects.toThrow(ArgumentError);
    await expect(shipped.prepare(prompt, { shared })).rejects.toThrow('expected a SharedBeginning');
  });
});
