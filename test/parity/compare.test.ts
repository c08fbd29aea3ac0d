import { describe, expect, it } from 'vitest';
import { openSafetensors, type SafetensorsFile, writeSafetensors } from '../../src/files/safetensors.ts';
import { compareCase } from '../../src/parity/compare.ts';

const float = (name: string, shape: number[], ...values: number[]) => ({
  name,
  shape,
  data: Float32Array.from(values),
});
const int = (name: string, shape: number[], ...values: number[]) => ({ name, shape, data: Int32Array.from(values) });

async function file(...entries: { name: string; shape: number[]; data: Float32Array | Int32Array }[]) {
  return openSafetensors(writeSafetensors(entries));
}

/** The verdicts when each named tensor's first value is moved by an amount. */
async function verdicts(io: SafetensorsFile, moves: Record<string, number>): Promise<Record<string, string>> {
  const results = new Map<string, { shape: readonly number[]; data: number[] }>();
  for (const name of io.names) {
    const { shape, data } = await io.read(name);
    const moved = Array.from(data, (x, i) => (i === 0 ? x + (moves[name] ?? 0) : x));
    results.set(name, { shape, data: moved });
  }
  const compared = await compareCase(io, results);
  return Object.fromEntries(compared.map(({ tensor, verdict }) => [tensor, verdict]));
}

describe('tolerances', () => {
  it('allow taps 1e-5 of their largest value', async () => {
    const io = await file(float('tap.logits', [2], 1, -100));
    expect(await verdicts(io, { 'tap.logits': 9e-4 })).toEqual({ 'tap.logits': 'pass' });
    expect(await verdicts(io, { 'tap.logits': 1.1e-3 })).toEqual({ 'tap.logits': 'fail' });
  });

  it('allow gradients 1e-4 of scale and 1e-6 of the norm of all', async () => {
    const io = await file(float('grad.gate', [1], 1e-3), float('grad.weight', [2], 300, 400));
    expect(await verdicts(io, { 'grad.gate': 4.9e-4, 'grad.weight': 0.04 })).toEqual({
      'grad.gate': 'pass',
      'grad.weight': 'pass',
    });
    expect(await verdicts(io, { 'grad.gate': 5.2e-4 })).toMatchObject({ 'grad.gate': 'fail' });
  });

  it('measure a projected loss by the sum of what it adds up', async () => {
    const projected = await file(
      float('in.loss_projection', [2], 1, -1),
      float('out.out', [2], 1000, 999),
      float('out.loss', [], 1),
    );
    expect(await verdicts(projected, { 'out.loss': 0.019 })).toMatchObject({ 'out.loss': 'pass' });
    const plain = await file(float('out.out', [2], 1000, 999), float('out.loss', [], 1));
    expect(await verdicts(plain, { 'out.loss': 0.019 })).toMatchObject({ 'out.loss': 'fail' });
  });

  it('measure each of several training losses by itself, trained weights more loosely', async () => {
    const io = await file(float('out.train.loss_pairs', [2], 0.1, 100), float('out.train.final.w', [1], 1));
    const loose = { 'out.train.loss_pairs': 1e-5, 'out.train.final.w': 9e-4 };
    expect(await verdicts(io, loose)).toEqual({ 'out.train.loss_pairs': 'fail', 'out.train.final.w': 'pass' });
  });

  it('want integers equal', async () => {
    const io = await file(int('out.greedy', [3], 5000, 2, 3));
    expect(await verdicts(io, {})).toEqual({ 'out.greedy': 'pass' });
    expect(await verdicts(io, { 'out.greedy': 1 })).toEqual({ 'out.greedy': 'fail' });
  });

  it('leave out rows of padding, in taps over text only', async () => {
    const names = ['tap.lm.out', 'tap.xattn.0.attention.weights', 'tap.resampler.out'];
    const io = await file(
      int('in.attention_mask', [1, 2], 0, 1),
      float('tap.lm.out', [1, 2, 2], 1, 2, 3, 4),
      float('tap.xattn.0.attention.weights', [1, 1, 2, 2], 1, 2, 3, 4),
      float('tap.resampler.out', [1, 2, 2], 1, 2, 3, 4),
    );
    const moved = await verdicts(io, Object.fromEntries(names.map((name) => [name, 1])));
    expect(moved).toEqual({
      'tap.lm.out': 'pass',
      'tap.xattn.0.attention.weights': 'pass',
      'tap.resampler.out': 'fail',
    });
    const seen = await file(int('in.attention_mask', [1, 2], 1, 0), float('tap.lm.out', [1, 2, 2], 1, 2, 3, 4));
    expect(await verdicts(seen, { 'tap.lm.out': 1 })).toEqual({ 'tap.lm.out': 'fail' });
  });

  it('take NaN for NaN only', async () => {
    const io = await file(float('out.y', [2], Number.NaN, 1));
    expect(await verdicts(io, {})).toEqual({ 'out.y': 'pass' });
    const numbers = await file(float('out.y', [2], 1, 1));
    expect(await verdicts(numbers, { 'out.y': Number.NaN })).toEqual({ 'out.y': 'fail' });
  });
});

describe('what is not there', () => {
  it('counts as not run, another shape as failed', async () => {
    const io = await file(float('tap.a', [1], 1), float('tap.b', [2], 1, 2), float('grad.c', [1], 1));
    const compared = await compareCase(
      io,
      new Map([
        ['tap.b', { shape: [1, 2], data: [1, 2] }],
        ['grad.c', { notRun: 'frozen' }],
      ]),
    );
    expect(
      Object.fromEntries(compared.map(({ tensor, verdict, reason }) => [tensor, `${verdict}: ${reason}`])),
    ).toEqual({
      'tap.a': 'not run: not computed',
      'tap.b': 'fail: shape [1, 2] instead of [2]',
      'grad.c': 'not run: frozen',
    });
  });
});
