/** Where the time of a prompt goes: every operation measured, and named by the tap that it leads to. */

import { requireKinds } from '../files/kinds.ts';
import type { PictureSource } from '../model/image/source.ts';
import type { Model } from '../model/model.ts';
import type { Prompt } from '../model/prompt.ts';
import { type Tap, tapFor } from '../nn/index.ts';
import {
  ArgumentError,
  flopsOf,
  macrotask,
  requireOptions,
  type Shape,
  SimdDevice,
  scope,
  sizeOf,
  Tensor,
  tensor,
} from '../tensor/index.ts';

/** One operation of a forward. */
export interface MeasuredOperation {
  readonly op: string;
  /** The next tap that its result, or something made of it, passes. */
  readonly tap: string;
  readonly shape: Shape;
  /** The least of the repeats. */
  readonly milliseconds: number;
  /** Read and written. */
  readonly bytes: number;
  /** Floating-point operations, a multiply-add being two. */
  readonly flops: number;
}

/** A forward, its operations in the order in which they run. */
export interface ForwardProfile {
  /** Of the whole forward, with all that happens between operations: shapes, memory, taps. */
  readonly milliseconds: number;
  readonly operations: readonly MeasuredOperation[];
}

export interface Profile {
  /** From the pixels to the logits. */
  readonly prompt: ForwardProfile;
  /** A token after the prompt, whose keys, values and pictures are remembered. */
  readonly token: ForwardProfile;
}

export interface ProfileOptions {
  /** Forwards that are measured; default 30. */
  readonly repeats?: number;
  /** Forwards before them, until the engine has compiled what they use; default 60. */
  readonly warmUp?: number;
}

/**
 * Measures a prompt on the model's device.
 * @throws PromptError, PictureError for the prompt; ArgumentError on a device that computes later than it is told
 * @example
 * ```ts
 * const { prompt: first, token } = await profile(model, prompt, { repeats: 1, warmUp: 0 });
 * ```
 */
export async function profile(
  model: Model,
  prompt: Prompt<PictureSource>,
  options: ProfileOptions = {},
): Promise<Profile> {
  requireOptions('profile', options, 'repeats warmUp');
  requireKinds('profile', { model }, '{flamingo,device}');
  const { repeats = 30, warmUp = 60 } = options;
  const { flamingo, device } = model;
  if (!(device instanceof SimdDevice))
    throw new ArgumentError('profile', `${device.name} computes later than it is told; expected the device simd`);
  const prepared = await model.prepare(prompt);
  try {
    const effort = { repeats, warmUp };
    const whole = await measured(device, effort, (tap) => flamingo.forward(prepared.inputs, tap));
    const { pixels, imageTokens, ids } = prepared.inputs;
    const last = prepared.ids.at(-1) as number;
    // What a decoding keeps of a prompt, for the token after it.
    const keep = () => {
      const memory = flamingo.remember(pixels && flamingo.resample(flamingo.encode(pixels)));
      const cache = flamingo.newCache();
      flamingo.forward({ ids, memory, imageTokens, cache });
      const one = (value: number): Tensor => tensor(device, Float32Array.of(value), [1, 1]);
      const [imagesBefore, none] = [one(pixels?.shape[1] ?? 0), one(0)];
      return { ids: tensor(device, Int32Array.of(last), [1, 1]), memory, imagesBefore, imageTokens: none, cache };
    };
    const kept = scope(device, keep, { noGrad: true });
    try {
      const token = await measured(device, effort, (tap) =>
        flamingo.forward({ ...kept, cache: kept.cache.map((layer) => ({ ...layer })) }, tap),
      );
      return { prompt: whole, token };
    } finally {
      for (const part of tensorsOf(kept)) part.dispose();
    }
  } finally {
    prepared.dispose();
  }
}

/** Every tensor in what arrays and objects hold. */
const tensorsOf = (value: unknown): Tensor[] =>
  value instanceof Tensor ? [value] : Object.values(value ?? {}).flatMap(tensorsOf);

interface Sighting extends Omit<MeasuredOperation, 'milliseconds' | 'tap'> {
  tap: string;
  readonly times: number[];
}

async function measured(
  device: SimdDevice,
  { repeats, warmUp }: Required<ProfileOptions>,
  forward: (tap: Tap) => Tensor,
): Promise<ForwardProfile> {
  const seen: Sighting[] = [];
  const totals: number[] = [];
  let at = 0;
  let named = 0;
  // Nobody asks for what fused kernels skip, so that what is measured is what runs when nobody looks.
  const tap = tapFor({
    wants: () => false,
    pass: (name, x) => {
      for (; named < at; named++) (seen[named] as Sighting).tap = name;
      return x;
    },
  });
  const run = (): void => {
    [at, named] = [0, 0];
    scope(device, () => void forward(tap), { noGrad: true });
  };
  // Events are let in between forwards: one of them may be Ctrl-C.
  for (let i = 0; i < warmUp; i++, await macrotask()) run();
  for (let i = 0; i < repeats; i++, await macrotask()) {
    const start = performance.now();
    run();
    totals.push(performance.now() - start);
  }
  const watcher: SimdDevice['watcher'] = (operation, compute) => {
    const { name, inputs, output } = operation;
    const bytes = 4 * [...inputs, output].reduce((sum, shape) => sum + sizeOf(shape), 0);
    seen[at] ??= { op: name, tap: '', shape: output, bytes, flops: flopsOf(operation), times: [] };
    const start = performance.now();
    const result = compute();
    (seen[at++] as Sighting).times.push(performance.now() - start);
    return result;
  };
  for (let i = 0; i < repeats; i++, await macrotask()) {
    device.watcher = watcher; // of this forward alone, not of what runs in between
    try {
      run();
    } finally {
      device.watcher = null;
    }
  }
  const operations = seen.map(({ times, ...rest }) => ({ ...rest, milliseconds: least(times) }));
  return { milliseconds: least(totals), operations };
}

/** What other processes disturbed least. */
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));

/** Several operations as one. */
export interface ProfileRow {
  readonly name: string;
  readonly count: number;
  readonly milliseconds: number;
  readonly bytes: number;
  readonly flops: number;
}

/**
 * Operations put together by a name, the longest first.
 * @param nameOf gives the name that an operation is counted under: `ofAllLayers`
 * @example
 * ```ts
 * const { token } = await profile(model, prompt, { repeats: 1, warmUp: 0 });
 * const [longest] = profileRows(token, ({ op }) => op);
 * ```
 */
export function profileRows(profile: ForwardProfile, nameOf: (operation: MeasuredOperation) => string): ProfileRow[] {
  requireKinds('profileRows', { profile, nameOf }, '{operations} function');
  const rows = new Map<string, ProfileRow>();
  for (const operation of profile.operations) {
    const name = nameOf(operation);
    const before = rows.get(name) ?? { name, count: 0, milliseconds: 0, bytes: 0, flops: 0 };
    rows.set(name, {
      name,
      count: before.count + 1,
      milliseconds: before.milliseconds + operation.milliseconds,
      bytes: before.bytes + operation.bytes,
      flops: before.flops + operation.flops,
    });
  }
  return [...rows.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}

/** A tap's name for all layers alike: `lm.layers.*.attention.out`. */
export function ofAllLayers(operation: MeasuredOperation): string {
  requireKinds('ofAllLayers', { operation }, '{tap}');
  return operation.tap.replace(/\.\d+\./g, '.*.');
}

/** A stretch of time: a part of the model, a layer of it, a tap, or an operation. */
export interface Frame {
  /** 0 is the outermost. */
  readonly depth: number;
  readonly label: string;
  /** All labels from the outermost to this one. */
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
}

/**
 * Frames within frames, in ms from the beginning; neighbours of one name are one. What lies between operations is left out.
 * @example
 * ```ts
 * const { token } = await profile(model, prompt, { repeats: 1, warmUp: 0 });
 * for (const { label, start, end } of frames(token)) console.log(label, end - start);
 * ```
 */
export function frames(profile: ForwardProfile): Frame[] {
  requireKinds('frames', { profile }, '{operations}');
  const found: Frame[] = [];
  const open: Frame[] = [];
  let now = 0;
  for (const { tap, op, milliseconds } of profile.operations) {
    const path = [...placesOf(tap), op];
    const shared = path.findIndex((label, i) => i === path.length - 1 || open[i]?.label !== label);
    open.length = Math.min(open.length, shared);
    for (let depth = open.length; depth < path.length; depth++) {
      const frame = { depth, label: path[depth] as string, path: path.slice(0, depth + 1), start: now, end: now };
      open.push(frame);
      found.push(frame);
    }
    now += milliseconds;
    for (const frame of open) (frame as { end: number }).end = now;
  }
  return found;
}

/** `lm.layers.0.attention.out` -> `lm`, `0`, `attention.out`; `logits` alone. */
function placesOf(tap: string): string[] {
  const [, part, , layer, rest] = /^([a-z]+)\.(layers\.)?(?:(\d+)\.)?(.+)$/.exec(tap) ?? [];
  return [part, layer, rest].flatMap((place) => place ?? []).concat(part === undefined ? tap : []);
}
