import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSafetensors } from '../../src/files/safetensors.ts';
import { FILES, goldenFiles, READ_SINCE } from '../files/support/golden-files.ts';
import { runWithFake } from './support.ts';

interface Tensor {
  name: string;
  dtype: string;
  shape: number[];
  elements: number;
  bytes: number;
  statistics?: Record<string, number | null>;
}

interface Report {
  format: string;
  tensors: Tensor[];
  totals: { tensors: number; elements: number; bytes: number };
  metadata: Record<string, string>;
  values: Record<string, unknown>;
}

async function json(file: string, ...options: string[]): Promise<Report> {
  const { code, out, err } = await runWithFake(['inspect', file, '--json', ...options]);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Report;
}

const close = (a: number | null | undefined, b: number) => Math.abs((a ?? Number.NaN) - b) <= 1e-12 * (1 + Math.abs(b));

describe('good files', () => {
  it.each(Object.entries(goldenFiles.good))('%s', async (file, golden) => {
    const { tensors, totals, metadata } = await json(join(FILES, file));
    const expected = await openSafetensors(readFileSync(join(FILES, 'expected.safetensors')));
    expect(tensors.map(({ name }) => name).sort()).toEqual(Object.keys(golden.tensors).sort());
    expect(totals.tensors).toBe(tensors.length);
    expect(metadata).toEqual(golden.metadata ?? {});
    for (const { name, dtype, shape, statistics } of tensors) {
      const { text, ...wanted } = golden.tensors[name] as (typeof golden.tensors)[string];
      expect({ dtype, shape }).toEqual(wanted);
      // Double precision is in the file only, so float64 is left out.
      if (dtype === 'float64' || file.includes('large-integers')) continue;
      const values = text ? text.map(Number) : Array.from((await expected.read(`${file}:${name}`)).data);
      const finite = values.filter(Number.isFinite);
      const mean = finite.reduce((sum, x) => sum + x, 0) / finite.length;
      const std = Math.sqrt(finite.reduce((sum, x) => sum + (x - mean) ** 2, 0) / finite.length);
      if (finite.length === 0) expect(statistics).toMatchObject({ mean: null, std: null, min: null, max: null });
      else {
        expect([close(statistics?.mean, mean), close(statistics?.std, std)]).toEqual([true, true]);
        expect([statistics?.min, statistics?.max]).toEqual(
          [Math.min(...finite), Math.max(...finite)].map((x) => x + 0),
        );
      }
      expect(statistics?.infinite).toBe(values.length - finite.length);
    }
  });

  it('gives what is not a tensor, and integers that no number holds', async () => {
    const { values } = await json(join(FILES, 'torch/nested.pt'));
    expect(values).toMatchObject({ epoch: 3, 'optimizer_state_dict.param_groups.0.amsgrad': false });
    const { tensors } = await json(join(FILES, 'safetensors/large-integers.safetensors'));
    expect(tensors[0]?.statistics).toMatchObject({ min: -(2 ** 62), max: 2 ** 53 });
  });

  it('prints a table with totals, metadata and other values', async () => {
    const { out } = await runWithFake(['inspect', join(FILES, 'torch/nested.pt')]);
    expect(out).toMatch(/^name +type +shape +elements +size +mean +std +min +max +not finite$/m);
    expect(out).toMatch(/^model_state_dict\.module\.linear\.weight +float32 +\[3, 5\] +15 +60 B +0\.2028 +0\.884 /m);
    expect(out).toContain('5 tensors, 37 elements, 148 B\n');
    expect(out).toContain('\n  epoch: 3\n');
    const types = await runWithFake(['inspect', join(FILES, 'safetensors/types.safetensors')]);
    expect(types.out).toContain('\nmetadata:\n  format: pt\n');
    const halves = await runWithFake(['inspect', join(FILES, 'safetensors/half-edge-values.safetensors')]);
    expect(halves.out).toMatch(/^f16 .* 1 Inf$/m);
  });

  it('reads the headers alone when no statistics are wanted', async () => {
    const { tensors } = await json(join(FILES, 'torch/flat.pt'), '--no-statistics');
    expect(tensors[0]).toEqual({ name: 'linear.weight', dtype: 'float32', shape: [3, 5], elements: 15, bytes: 60 });
    const { out } = await runWithFake(['inspect', join(FILES, 'torch/flat.pt'), '--no-statistics']);
    expect(out).not.toContain('mean');
  });

  it('shows the tensors that are asked for, or says that there are none', async () => {
    const { tensors } = await json(join(FILES, 'torch/nested.pt'), '--filter', '**.exp_avg');
    expect(tensors.map(({ name }) => name)).toEqual(['optimizer_state_dict.state.0.exp_avg']);
    const none = await runWithFake(['inspect', join(FILES, 'torch/flat.pt'), '--filter', 'nothing.*']);
    expect([none.code, none.out]).toEqual([2, '']);
    expect(none.err).toContain('--filter nothing.* matches none of 3 tensors, such as linear.weight');
  });
});

describe('broken files', () => {
  it.each(Object.keys(goldenFiles.broken).filter((file) => !READ_SINCE.includes(file)))(
    '%s ends with 2 and one line that names it',
    async (file) => {
      const { code, out, err } = await runWithFake(['inspect', join(FILES, file)]);
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(/^glass-flamingo: [^\n]+\n$/);
      expect(err).toContain(file);
    },
  );

  it('a file that is not there', async () => {
    const { code, err } = await runWithFake(['inspect', join(FILES, 'nothing.pt')]);
    expect([code, err]).toEqual([2, `glass-flamingo: ${join(FILES, 'nothing.pt')} does not exist\n`]);
  });
});

describe('kinds of checkpoints', () => {
  const kinds = join(import.meta.dirname, '../fixtures/checkpoints');

  it('lists what no model can hold, and what stands beside weights', async () => {
    const complex = await runWithFake(['inspect', join(kinds, 'complex.pt'), '--json']);
    expect(complex.code).toBe(0);
    const { tensors } = JSON.parse(complex.out) as { tensors: { name: string; dtype: string; bytes: number }[] };
    expect(tensors.find(({ name }) => name === 'c128')).toMatchObject({ dtype: 'complex128', bytes: 96 });
    const beside = await runWithFake(['inspect', join(kinds, 'beside-2.pt'), '--json']);
    expect(JSON.parse(beside.out)).toMatchObject({
      values: { 'args.lr': 0.1, f8: 0.25, array: 'numpy.ndarray f8 [3]' },
    });
  });
});
