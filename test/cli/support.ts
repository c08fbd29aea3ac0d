import { fileURLToPath } from 'node:url';
import type { AnsweringModel, Context, ModelOptions } from '../../src/cli/context.ts';
import { run } from '../../src/cli/program.ts';
import { load, type Model } from '../../src/flamingo.ts';
import { Answer } from '../../src/model/answer.ts';
import { tokenise } from '../../src/model/prompt.ts';

export const PICTURES: string = fileURLToPath(new URL('../fixtures/pictures', import.meta.url));

export interface Result {
  code: number;
  out: string;
  err: string;
  opened: ModelOptions[];
}

/** Runs one command line with a model that answers with the number and sizes of the pictures it was shown. */
export async function runWithFake(argv: string[], change: Partial<Context> = {}): Promise<Result> {
  const result: Result = { code: 0, out: '', err: '', opened: [] };
  result.code = await run(argv, {
    out: (text) => {
      result.out += text;
    },
    err: (text) => {
      result.err += text;
    },
    colours: false,
    colourBits: 0,
    columns: 100,
    openModel: async (options) => {
      result.opened.push(options);
      return fakeModel(options.device ?? 'simd');
    },
    loadModel: () => Promise.reject(new TypeError('this command should not look inside')),
    exitCode: 0,
    ...change,
  });
  return result;
}

/** Runs one command line with the shipped model, loaded once for all. */
export function runWithShipped(argv: string[], change: Partial<Context> = {}): Promise<Result> {
  return runWithFake(argv, { loadModel: shippedModel, ...change });
}

let shipped: Promise<Model> | undefined;

export function shippedModel(): Promise<Model> {
  shipped ??= load();
  return shipped;
}

export const EXAMPLES: string = fileURLToPath(new URL('../../examples/pictures', import.meta.url));

/** One token a word; up to 3 pictures, clips of 2 frames and 24 tokens. */
function fakeModel(device: string): AnsweringModel {
  const tokenizer: AnsweringModel['tokenizer'] = {
    encode: (text) => text.split(/\s+/).map((word) => 10 + word.length),
    special: { bos: 1, eoc: 2, image: 3 },
  };
  return {
    device: { name: device === 'gpu' ? 'gpu:webasm' : device },
    tokenizer,
    limits: { images: 3, tokens: 24, frames: 2 },
    answer: async (prompt, { likely = 0 } = {}) => {
      const sizes = prompt.sequence.flatMap((item) =>
        'image' in item
          ? [`${item.image.width}x${item.image.height}`]
          : 'video' in item
            ? [`${[item.video].flat().length} frames`]
            : [],
      );
      const answer: Answer = Object.assign(Object.create(Answer.prototype), {
        text: sizes.join(' ') || '빵',
        alternatives: [
          { token: '빵', probability: 0.75 },
          { token: 'bread', probability: 0.125 },
        ],
        gates: [
          { layer: 0, attention: -0.25, dense: 0.5 },
          { layer: 1, attention: 1, dense: 0 },
        ],
        ids: tokenise(prompt, tokenizer).ids,
        logits: Float32Array.of(0.5, device === 'gpu' ? 1.5 : 1.25),
      });
      const candidates = prompt.candidates?.map((text, i) => ({ text, logProbability: -i - 1.5, tokens: 2 }));
      const whole = [
        { text: answer.text, probability: 0.4375 },
        { text: '', probability: 0.25 },
      ];
      return Object.assign(answer, likely > 0 && { likely: whole }, candidates && { candidates });
    },
  };
}
