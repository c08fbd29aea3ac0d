/** What the doors cost that nobody stands at: every tap of a forward of the shipped model, beside that forward. */

import { Flamingo } from '../src/flamingo/flamingo.ts';
import { SHIPPED_VOCABULARY, shippedConfig } from '../src/model/config.ts';
import { noTap, type Tap } from '../src/nn/index.ts';
import { openDevice, Random, randn, scope, type Tensor, tensor } from '../src/tensor/index.ts';
import { type Bench, measureCase, type Row } from './results.ts';

const PICTURES = 3;
const TEXT = 32;

export const TAPS_CASE: string = `shipped sizes, ${PICTURES} pictures, ${TEXT} tokens`;
/** The contestant that is every tap of a forward and nothing else. */
export const UNUSED = 'all its taps, unused';

/** One call of a tap: through which parts, and what is asked there. */
interface Call {
  readonly path: readonly (readonly [part: string, index: number | undefined])[];
  readonly name: string;
  readonly wants: boolean;
}

/** A tap that writes down how it is called and wants nothing, so that the model takes its fast ways. */
function recording(calls: Call[], path: Call['path'] = []): Tap {
  const called = (name: string, wants: boolean): void => void calls.push({ path, name, wants });
  const pass = (name: string, x: Tensor): Tensor => {
    called(name, false);
    return x;
  };
  return Object.assign(pass, {
    at: (part: string, index?: number): Tap => recording(calls, [...path, [part, index]]),
    wants: (name: string): boolean => {
      called(name, true);
      return false;
    },
  });
}

export async function taps(bench: Bench): Promise<Row[]> {
  const device = await openDevice('simd');
  const config = shippedConfig({ size: SHIPPED_VOCABULARY, special: { image: 0, eoc: 1 } }).model;
  const model = new Flamingo({ device, random: new Random(1) }, config);
  const ids = Int32Array.from({ length: TEXT }, (_, i) => (i < PICTURES ? 0 : (i * 97 + 11) % SHIPPED_VOCABULARY));
  const inputs = {
    ids: tensor(device, ids, [1, TEXT]),
    pixels: randn(device, [1, PICTURES, 1, 3, 32, 32], new Random(2)),
  };
  const forward = (tap: Tap): void => {
    scope(device, () => {
      model.forward(inputs, tap);
    });
  };
  const calls: Call[] = [];
  forward(recording(calls));
  const x = inputs.pixels;
  let passed = 0;
  /** As often as in a forward and in the same order, each by its whole path, which a forward walks less often. */
  const unused = (): void => {
    for (const { path, name, wants } of calls) {
      let tap = noTap;
      for (const [part, index] of path) tap = tap.at(part, index);
      if (wants ? tap.wants(name) : tap(name, x) === x) passed++;
    }
  };
  unused();
  if (passed !== calls.filter(({ wants }) => !wants).length) throw new Error('an unused tap changed what passed it');
  const fired = calls.filter(({ wants }) => !wants).length;
  const [whole] = await measureCase(
    bench,
    'taps',
    TAPS_CASE,
    [{ name: 'simd', error: null, run: () => forward(noTap) }],
    {
      work: 1,
      unit: 'forwards/s',
    },
  );
  const [idle] = await measureCase(bench, 'taps', TAPS_CASE, [{ name: UNUSED, error: 0, run: unused }], {
    work: fired,
    unit: 'taps/s',
  });
  return [whole as Row, idle as Row];
}
