import { beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '../../src/runs/captured.ts';
import type { Edit } from '../../src/runs/edit.ts';
import type { Objective } from '../../src/runs/objective.ts';
import { TapError } from '../../src/runs/patterns.ts';
import { EditError } from '../../src/runs/region.ts';
import { BudgetError, type RunOptions, runFlamingo } from '../../src/runs/run.ts';
import { tapShapesOf } from '../../src/runs/tap-shapes.ts';
import { GlassFlamingoError, openDevice, Random, randn, type Tensor } from '../../src/tensor/index.ts';
import { IMAGE, ids, TINY, tinyFlamingo } from '../flamingo/tiny.ts';

const device = await openDevice('simd');
const model = tinyFlamingo(device);
const inputs = {
  ids: ids(device, [1, 7, IMAGE, 8, 9, IMAGE, 10]),
  pixels: randn(device, [1, 2, 1, 3, 12, 12], new Random(1)),
};
const TEXT = 7;
const run = (options: RunOptions) => runFlamingo(model, inputs, options);
const edited = (...edit: unknown[]) => run({ capture: ['**'], edit: edit as Edit[] });
const plain = await run({ capture: ['**'] });

/** The value at an index for each axis. */
function at({ data, shape }: { data: Float32Array; shape: readonly number[] }, ...index: number[]): number {
  return data[index.reduce((flat, i, axis) => flat * (shape[axis] as number) + i, 0)] as number;
}

/** Names whose values differ between two runs. */
function changed(a: Run, b: Run): string[] {
  return a.names.filter((name) => a.get(name).data.some((value, i) => value !== b.get(name).data[i]));
}

let before = 0;
beforeEach(() => {
  before = device.liveTensors;
});

describe('capture', () => {
  it('keeps every value in the order and shape that tapShapes says, and leaves nothing behind', async () => {
    const taps = tapShapesOf(model, inputs);
    const { names } = await run({ capture: ['**'] });
    expect(names).toEqual(taps.map(({ name }) => name));
    for (const { name, dims, shape, bytes } of taps) {
      expect(plain.get(name)).toMatchObject({ name, dims, shape });
      expect(plain.get(name).data.byteLength).toBe(bytes);
    }
    expect(device.liveTensors).toBeLessThanOrEqual(before);
  });

  it('moves logits by at most 1e-6 of their scale where it makes a fused kernel go step by step', async () => {
    const [, fused] = [plain, await run({ capture: ['logits'] })];
    const [a, b] = [plain.get('logits').data, fused.get('logits').data];
    const scale = Math.max(...b.map(Math.abs));
    expect(Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))))).toBeLessThan(1e-6 * scale);
  });

  it('refuses what matches nothing before it computes anything', async () => {
    const capture = ['lm.layers.0.attention.wieghts'];
    await expect(run({ capture })).rejects.toThrow(TapError);
    await expect(run({ capture })).rejects.toThrow(/nearest: lm\.layers\.0\.attention\.weights/);
    await expect(run({ capture: ['xattn.*.gates.attention'] })).rejects.toThrow(/nearest: xattn\.1\.gate\.attention/);
    expect(() => plain.get('nothing')).toThrow(TapError);
    expect(() => plain.get('lm.layers.9.residual.mid')).toThrow(
      "'lm.layers.9.residual.mid' was not captured; nearest of what was: lm.layers.0.residual.mid, ",
    );
    expect(device.liveTensors).toBeLessThanOrEqual(before);
  });

  it.each<[string, unknown, string]>([
    [
      'a misspelt option',
      { captures: ['logits'] },
      "there is no option 'captures'; nearest is 'capture'; expected only capture, edit",
    ],
    ['a pattern alone', { capture: 'logits' }, 'capture is "logits"; expected an array'],
    ['a number', { capture: [3] }, 'capture is [3]'],
    ['an edit alone', { edit: { at: 'logits', set: 0 } }, 'edit is not an array of edits'],
    ['an edit that is null', { edit: [null] }, 'edit[0] is not an object'],
    ['gradients nowhere', { grad: { of: { logit: 1 } } }, 'grad.at is undefined'],
    ['a stop that is not a name', { stopAfter: ['logits'] }, 'stopAfter is ["logits"]; expected a tap'],
    ['several stops', { stopAfter: 'resampler.**' }, "stopAfter needs one tap; 'resampler.**' matches"],
    ['a budget in words', { budget: '5', capture: ['logits'] }, 'budget is "5"; expected bytes'],
    ['an edit of no index', { edit: [{ at: 'logits', set: 0, where: { text: [] } }] }, "nothing of 'logits' is where"],
    [
      'an edit of what excludes itself',
      { edit: [{ at: 'logits', set: 0, where: { text: 0, token: 1 } }] },
      'is where {"text":0,"token":1}',
    ],
  ])('refuses %s', async (_, options, message) => {
    await expect(run(options as RunOptions)).rejects.toThrow(message);
    await expect(run(options as RunOptions)).rejects.toBeInstanceOf(GlassFlamingoError);
  });

  it('says what comes next', async () => {
    const { next } = await run({});
    const logits = plain.get('logits').data.slice(-TINY.languageModel.vocabulary);
    expect(next?.id).toBe(logits.indexOf(Math.max(...logits)));
    expect(next?.probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    expect(device.liveTensors).toBeLessThanOrEqual(before);
  });

  it('refuses more than the budget and names the largest', async () => {
    const refused = run({ capture: ['**'], budget: 10_000 });
    await expect(refused).rejects.toThrow(BudgetError);
    const sizes = tapShapesOf(model, inputs).sort((a, b) => b.bytes - a.bytes);
    await expect(refused).rejects.toThrow(`the largest: ${sizes[0]?.name} [`);
    const { bytes = 0 } = tapShapesOf(model, inputs).find(({ name }) => name === 'logits') ?? {};
    expect((await run({ capture: ['logits'], budget: bytes })).names).toEqual(['logits']);
    await expect(run({ capture: ['logits'], budget: bytes - 1 })).rejects.toThrow(BudgetError);
    await expect(run({ capture: ['logits'], budget: Number.NaN })).rejects.toThrow(BudgetError);
  });
});

describe('stopAfter', () => {
  it('computes nothing after the tap', async () => {
    const { names, next } = await run({ capture: ['**'], stopAfter: 'xattn.1.gate.attention' });
    expect(names.at(-1)).toBe('xattn.1.gate.attention');
    expect(names).toEqual(plain.names.slice(0, names.length));
    expect(next).toBeNull();
    expect(device.liveTensors).toBeLessThanOrEqual(before);
  });

  it('does not know what would have come after', async () => {
    await expect(run({ capture: ['logits'], stopAfter: 'resampler.out' })).rejects.toThrow(TapError);
    await expect(run({ stopAfter: 'resampler.end' })).rejects.toThrow(/nearest: .*resampler\.out/);
  });
});

describe('edit', () => {
  it('changes what follows, and nothing before', async () => {
    const { names } = plain;
    const name = 'xattn.1.contribution.attention';
    const moved = changed(plain, await edited({ at: name, scale: 2 }));
    expect(moved[0]).toBe(name);
    expect(moved).toContain('logits');
    expect(names.slice(0, names.indexOf(name)).filter((earlier) => moved.includes(earlier))).toEqual([]);
    expect(changed(plain, await run({ capture: ['**'] }))).toEqual([]);
    expect(device.liveTensors).toBeLessThanOrEqual(before);
  });

  it.each([
    ['set', { set: 0.25 }, () => 0.25],
    ['zero', { zero: true }, () => 0],
    ['scale', { scale: -2 }, (x: number) => -2 * x],
    ['add', { add: 0.5 }, (x: number) => Math.fround(x + 0.5)],
    ['apply', { apply: (x: Tensor) => x.abs() }, Math.abs],
  ])('%s', async (_, change, expected) => {
    const name = 'lm.layers.1.feedforward.out';
    const run = await edited({ at: name, ...change });
    expect(Array.from(run.get(name).data)).toEqual(Array.from(plain.get(name).data, expected));
  });

  it('takes effect at every tap that a run has', async () => {
    for (const name of plain.names) {
      const run = await edited({ at: name, apply: (x: Tensor) => x.mul(1.5).add(0.25) });
      expect(run.get(name).data, name).not.toEqual(plain.get(name).data);
      const later = plain.names.slice(plain.names.indexOf(name) + 1);
      // Scores of 1.5 s + 0.25 make other weights; a mask of 1.75 where it was 1 shows as well as one of 1.
      if (later.length > 0 && !/^mask/.test(name)) expect(changed(plain, run).length, name).toBeGreaterThan(1);
    }
  });

  it('chooses by head, token, latent and image, from either end', async () => {
    const name = 'xattn.1.attention.weights'; // [batch, head, text, medium*latent]
    const expectZeroed = async (where: object, zeroed: (head: number, text: number, key: number) => boolean) => {
      const after = (await edited({ at: name, zero: true, where })).get(name);
      for (let head = 0; head < 2; head++) {
        for (let text = 0; text < TEXT; text++) {
          for (let key = 0; key < 8; key++) {
            const old = at(plain.get(name), 0, head, text, key);
            expect(at(after, 0, head, text, key)).toBe(zeroed(head, text, key) ? 0 : old);
          }
        }
      }
    };
    await expectZeroed({ head: 1 }, (head) => head === 1);
    await expectZeroed({ head: -1, text: [3, -1] }, (head, text) => head === 1 && (text === 3 || text === 6));
    await expectZeroed({ token: 4, image: 0 }, (_, text, key) => text === 4 && key < 4);
    await expectZeroed({ medium: -1, latent: [0, -1] }, (_, __, key) => key === 4 || key === 7);
    await expectZeroed({ latent: 2 }, (_, __, key) => key % 4 === 2);
    await expectZeroed({ 'medium*latent': 5 }, (_, __, key) => key === 5);
  });

  it('chooses among what a latent looks at: features first, then latents', async () => {
    const name = 'resampler.layers.0.attention.scores'; // [batch, head, medium, latent, visual+latent]
    const after = (await edited({ at: name, set: 9, where: { visual: 0, latent: 3 } })).get(name);
    const places = Array.from(after.data.keys()).filter((i) => after.data[i] === 9);
    expect(places.map((i) => [Math.floor(i / 13) % 4, i % 13])).toEqual(Array.from({ length: 6 }, () => [3, 0]));
  });

  it('applies in order, each to what the one before left', async () => {
    const name = 'xattn.3.gate.dense';
    const run = await edited(
      { at: 'xattn.*.gate.*', set: 0.5 },
      { at: name, add: 0.25 },
      { at: 'xattn.3.**', scale: 2 },
    );
    expect(run.get(name).data[0]).toBe(1.5);
    expect(run.get('xattn.1.gate.dense').data[0]).toBe(0.5);
  });

  it('patches what another run had there, whole or in part, through JSON too', async () => {
    const other = { ...inputs, pixels: randn(device, [1, 2, 1, 3, 12, 12], new Random(9)) };
    const donor = await runFlamingo(model, other, { capture: ['**'] });
    const name = 'resampler.out';
    const whole = await edited({ at: name, patch: donor.get(name) });
    expect(whole.get('logits').data).toEqual(donor.get('logits').data);
    const { shape, data } = donor.get(name);
    const json = JSON.parse(
      JSON.stringify({ at: name, patch: { shape, data: Array.from(data) }, where: { image: 1 } }),
    );
    const part = (await edited(json)).get(name);
    expect(part.data.slice(0, 80)).toEqual(plain.get(name).data.slice(0, 80));
    expect(part.data.slice(80)).toEqual(data.slice(80));
    const written = JSON.parse(JSON.stringify({ at: name, patch: donor.get(name) }));
    expect((await edited(written)).get(name).data).toEqual(data);
    const all = await edited({ at: 'lm.layers.*.residual.post', patch: donor });
    expect(all.get('logits').data).toEqual(donor.get('logits').data);
    other.pixels.dispose();
  });

  it.each<[string, object, string]>([
    ['no such tap', { at: 'xattn.0.gate.attention', set: 0 }, 'nearest: xattn.1.gate.attention'],
    ['nothing to do', { at: 'logits' }, 'edit[0] changes nothing'],
    ['two things to do', { at: 'logits', set: 0, add: 1 }, 'has set and add'],
    ['an unknown thing', { at: 'logits', mul: 0 }, 'unknown key "mul"'],
    ['no place', { set: 0 }, '"at" is not a pattern'],
    ['no number', { at: 'logits', set: '0' }, '"set" that is not a number'],
    ['NaN', { at: 'logits', scale: Number.NaN }, '"scale" that is not a number'],
    ['zero false', { at: 'logits', zero: false }, '"zero" that is not true'],
    [
      'a missing axis',
      { at: 'logits', set: 0, where: { head: 0 } },
      "has no axis 'head'; it has batch, text, vocabulary",
    ],
    ['an index beyond', { at: 'logits', set: 0, where: { text: 7 } }, 'has no text 7; expected 0 to 6, or -7 to -1'],
    ['an index before', { at: 'logits', set: 0, where: { text: -8 } }, 'has no text -8'],
    ['a broken index', { at: 'logits', set: 0, where: { text: 0.5 } }, '"where" that is not'],
    ['a text as index', { at: 'logits', set: 0, where: { text: 'last' } }, '"where" that is not'],
    [
      'an image beyond',
      { at: 'xattn.1.attention.keys', set: 0, where: { image: 2 } },
      'has no image 2; expected 0 to 1',
    ],
    [
      'a wrong shape',
      { at: 'resampler.out', patch: { shape: [1, 1, 4, 20], data: new Array(80).fill(0) } },
      '[1, 2, 4, 20] with values [1, 1, 4, 20]',
    ],
    [
      'missing values',
      { at: 'resampler.out', patch: { shape: [1, 2, 4, 20], data: [1, 2] } },
      '2 values; expected 160',
    ],
    ['no patch', { at: 'resampler.out', patch: 3 }, 'nor a run'],
    ['another shape made', { at: 'logits', apply: (x: Tensor) => x.sum() }, "of 'logits'; expected Tensor [1, 7, 31]"],
    ['nothing made', { at: 'logits', apply: () => undefined }, "makes undefined of 'logits'"],
  ])('refuses %s and says what is possible', async (_, edit, message) => {
    await expect(edited(edit)).rejects.toThrow(message);
    await expect(edited(edit)).rejects.toBeInstanceOf(/nearest/.test(message) ? TapError : EditError);
    expect(device.liveTensors).toBeLessThanOrEqual(before);
  });

  it('passes on what a function throws, and leaves nothing behind', async () => {
    const apply = () => {
      throw new RangeError('mine');
    };
    await expect(edited({ at: 'xattn.1.gate.dense', apply })).rejects.toThrow(RangeError);
    expect(device.liveTensors).toBeLessThanOrEqual(before);
  });
});

describe('grad', () => {
  const AT = [
    'vision.embeddings.out',
    'resampler.out',
    'resampler.layers.0.attention.weights',
    'xattn.1.attention.weights',
    'xattn.*.gate.*',
    'lm.layers.2.residual.post',
    'lm.embeddings.out',
  ];

  /** The derivative by one number, from edits that move it a little either way. */
  async function slope(
    of: Objective,
    name: string,
    index: readonly number[],
    dims: readonly string[],
  ): Promise<number> {
    const step = 1e-2;
    const moved = async (by: number): Promise<number> => {
      const where = Object.fromEntries(index.map((i, axis) => [dims[axis] as string, i]));
      const edit: Edit[] = [{ at: name, add: by, where }];
      const { objective } = await run({ edit, grad: { of, at: ['lm.head.in'] } });
      return objective as number;
    };
    const across = async (by: number): Promise<number> => (await moved(by)) - (await moved(-by));
    return (8 * (await across(step)) - (await across(2 * step))) / (12 * step); // its error falls with step^4
  }

  it.each<[string, Objective]>([
    ['a logit', { logit: 11 }],
    ['a log-probability early in the text', { logProbability: 4, position: 3 }],
    ['an element of a tap', { tap: 'lm.layers.3.residual.post', where: { batch: 0, text: 5, width: 7 } }],
    ['a sum over a part', { tap: 'xattn.3.contribution.attention', where: { text: [2, -1] } }],
  ])('derives %s by any tap, as finite differences do', async (_, of) => {
    const found = await run({ grad: { of, at: AT }, capture: ['lm.embeddings.out'] });
    expect(device.liveTensors).toBeLessThanOrEqual(before);
    expect(found.gradientNames).toEqual(
      plain.names.filter((name) => found.gradientNames.includes(name)), // in the order of computation
    );
    expect(found.gradientNames).toHaveLength(10);
    for (const name of found.gradientNames) {
      const { shape, dims, data } = found.gradient(name);
      expect(shape).toEqual(plain.get(name).shape);
      expect(dims).toEqual(plain.get(name).dims);
      const flat = data.reduce((best, value, i) => (Math.abs(value) > Math.abs(data[best] as number) ? i : best), 0);
      const index: number[] = [];
      [...shape].reverse().reduce((rest, count) => {
        index.unshift(rest % count);
        return Math.floor(rest / count);
      }, flat);
      const scale = Math.max(0.1, Math.abs(data[flat] as number));
      expect(Math.abs((await slope(of, name, index, dims)) - (data[flat] as number)), name).toBeLessThan(2e-3 * scale);
    }
  });

  it('gives the number itself', async () => {
    const { objective } = await run({ grad: { of: { logit: 11, position: -2 }, at: ['logits'] } });
    expect(objective).toBe(at(plain.get('logits'), 0, TEXT - 2, 11));
    const { objective: log } = await run({ grad: { of: { logProbability: 11 }, at: ['xattn.1.gate.dense'] } });
    const { next } = await run({});
    expect(log).toBeCloseTo(Math.log(next?.probabilities[11] as number), 4);
  });

  it('sees the text before an image not depend on it', async () => {
    const byPixels = async (position: number): Promise<boolean[]> => {
      const { data } = (await run({ grad: { of: { logit: 5, position }, at: ['vision.pixels'] } })).gradient(
        'vision.pixels',
      );
      const half = data.length / 2;
      return [data.slice(0, half), data.slice(half)].map((picture) => picture.some((value) => value !== 0));
    };
    expect(await byPixels(1)).toEqual([false, false]);
    expect(await byPixels(2)).toEqual([true, false]);
    expect(await byPixels(6)).toEqual([true, true]); // the first by way of the text between
  });

  it('derives at every tap at once, masks excepted, and of a stopped run', async () => {
    const all = await run({ grad: { of: { logit: 1 }, at: ['**'] } });
    expect(all.gradientNames).toEqual(plain.names.filter((name) => !name.startsWith('mask.')));
    const of: Objective = { tap: 'resampler.out', where: { image: 0, latent: 1, width: 2 } };
    const stopped = await run({ grad: { of, at: ['vision.patches'] }, stopAfter: 'resampler.out' });
    expect(stopped.objective).toBe(at(plain.get('resampler.out'), 0, 0, 1, 2));
    expect(device.liveTensors).toBeLessThanOrEqual(before);
  });

  it.each<[string, unknown, string]>([
    ['no such token', { of: { logit: 31 }, at: ['logits'] }, 'no token 31; expected 0 to 30'],
    ['a text without tokenizer', { of: { logit: 'cat' }, at: ['logits'] }, 'no tokenizer'],
    ['no such position', { of: { logit: 1, position: 7 }, at: ['logits'] }, 'no position 7 in 7 tokens'],
    ['no objective', { of: {}, at: ['logits'] }, 'names no token; expected {"logit": TOKEN}'],
    ['several taps', { of: { tap: 'xattn.*.gate.dense' }, at: ['logits'] }, 'needs one tap'],
    ['no such axis', { of: { tap: 'logits', where: { head: 1 } }, at: ['logits'] }, "no axis 'head'"],
    ['no such place', { of: { logit: 1 }, at: ['xattn.9.gate.dense'] }, 'nearest'],
  ])('refuses %s', async (_, grad, message) => {
    await expect(run({ grad } as RunOptions)).rejects.toThrow(message);
    expect(device.liveTensors).toBeLessThanOrEqual(before);
  });

  it('refuses a token of a run that stops before the logits', async () => {
    const grad = { of: { logit: 1 }, at: ['resampler.out'] };
    await expect(run({ grad, stopAfter: 'resampler.out' })).rejects.toThrow('stops before the logits');
  });
});
