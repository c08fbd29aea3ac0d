/** Changes of what flows through a run: plain data, gone when the run ends. */

import { formatShape, full, type Shape, sizeOf, Tensor, tensor } from '../tensor/index.ts';
import { type Captured, Run } from './captured.ts';
import { matchingNames } from './patterns.ts';
import { EditError, growsWithText, Region, type RegionLimits, type RegionTap, type Where } from './region.ts';
import type { TapQuery } from './taps.ts';

/** Values in row-major order. JSON writes a Float32Array as an object of its indices: that is taken too. */
export interface PatchValues {
  /** Extents of the axes. */
  readonly shape: readonly number[];
  /** Values, row-major. */
  readonly data: ArrayLike<number> | Readonly<Record<string, number>>;
}

/** What is done with a value. */
export type Change =
  /** Every number becomes this one. */
  | { readonly set: number }
  /** The same as `set: 0`. */
  | { readonly zero: true }
  /** Every number is multiplied by this one. */
  | { readonly scale: number }
  /** This number is added to every one. */
  | { readonly add: number }
  /** The value that another run had there: one value for every tap matched, or a run that captured them all. */
  | { readonly patch: PatchValues | Captured | Run }
  /** Anything, in this process only; the shape stays. */
  | { readonly apply: (x: Tensor, name: string) => Tensor };

/**
 * One change of a run. `at` is the name of a tap, or a pattern; `where` leaves all outside of it as it was:
 *
 *     { at: 'xattn.*.gate.attention', set: 0 }
 *     { at: 'lm.layers.2.attention.weights', zero: true, where: { head: 1, text: -1 } }
 *     { at: 'resampler.out', patch: donor.get('resampler.out'), where: { image: 0, latent: [0, 1] } }
 */
export type Edit = { readonly at: TapQuery; readonly where?: Where } & Change;

const CHANGES = ['set', 'zero', 'scale', 'add', 'patch', 'apply'] as const;
const FORM = `{"at": PATTERN, one of ${CHANGES.map((key) => `"${key}"`).join(', ')}, "where"?: {AXIS: INDEX or [INDICES]}}`;

/** Edits that are known to fit a model and a prompt. */
export class Edits {
  /** The taps that are changed. */
  readonly names: ReadonlySet<string>;
  private readonly steps: ReadonlyMap<string, readonly ((x: Tensor, start: number) => Tensor)[]>;

  /**
   * @param taps all that the run will compute
   * @throws TapError when an edit matches no tap, with the nearest names
   * @throws EditError for a malformed edit, and for axes, indices and shapes that a tap does not have
   */
  constructor(edits: readonly Edit[], taps: readonly RegionTap[], limits: RegionLimits) {
    const byName = new Map(taps.map((tap) => [tap.name, tap]));
    const steps = new Map<string, ((x: Tensor, start: number) => Tensor)[]>();
    edits.forEach((edit, i) => {
      requireForm(edit, `edit[${i}]`);
      for (const name of matchingNames([edit.at], [...byName.keys()])) {
        const step = stepOf(edit, byName.get(name) as RegionTap, limits, `edit[${i}]`);
        steps.set(name, [...(steps.get(name) ?? []), step]);
      }
    });
    this.names = new Set(steps.keys());
    this.steps = steps;
  }

  /** What goes on from a tap, all edits applied in order. `start`: tokens read before x's. */
  apply(name: string, x: Tensor, start: number): Tensor {
    return (this.steps.get(name) ?? []).reduce((value, step) => step(value, start), x);
  }
}

/** One edit of one tap: [value, tokens read before] -> value. */
function stepOf(edit: Edit, tap: RegionTap, limits: RegionLimits, label: string): (x: Tensor, start: number) => Tensor {
  const region = edit.where && new Region(edit.where, tap, limits);
  const change = changeOf(edit, tap, label);
  return (x, start) => {
    if (!region) return change(x, start);
    const mask = region.mask(x, start);
    return mask ? mask.where(change(x, start), x) : x;
  };
}

function changeOf(edit: Edit, tap: RegionTap, label: string): (x: Tensor, start: number) => Tensor {
  if ('scale' in edit) return (x) => x.mul(edit.scale);
  if ('add' in edit) return (x) => x.add(edit.add);
  if ('apply' in edit) return (x) => requireSame(edit.apply(x, tap.name), x, tap, label);
  if ('patch' in edit) {
    const { patch } = edit;
    const { data, shape } = requirePatch(patch instanceof Run ? patch.get(tap.name) : patch, tap, label);
    // What another run read is the prompt; tokens that are generated after it have no counterpart there.
    const promptOnly = growsWithText(tap.dims);
    return (x, start) => {
      if (promptOnly && start > 0) return x;
      const patched = tensor(x.device, data, shape);
      return x.shape[0] === shape[0] ? patched : patched.expand(x.shape); // beams and candidates are rows of one prompt
    };
  }
  const value = 'set' in edit ? edit.set : 0;
  return (x) => full(x.device, x.shape, value);
}

function requireForm(edit: unknown, label: string): asserts edit is Edit {
  const wrong = (what: string): EditError => new EditError(`${label} ${what}; expected ${FORM}`);
  if (typeof edit !== 'object' || edit === null || Array.isArray(edit)) throw wrong('is not an object');
  const { at, where, ...rest } = edit as Record<string, unknown>;
  if (typeof at !== 'string' || at === '') throw wrong('does not say where it is: "at" is not a pattern');
  const keys = Object.keys(rest);
  const unknown = keys.find((key) => !CHANGES.some((change) => change === key));
  if (unknown !== undefined) throw wrong(`has the unknown key "${unknown}"`);
  const [key] = keys;
  if (key === undefined || keys.length > 1)
    throw wrong(keys.length > 1 ? `has ${keys.join(' and ')}` : 'changes nothing');
  const value = rest[key];
  if (key === 'zero' && value !== true) throw wrong('has a "zero" that is not true');
  if (key === 'apply' && typeof value !== 'function') throw wrong('has an "apply" that is not a function');
  if (['set', 'scale', 'add'].includes(key) && (typeof value !== 'number' || Number.isNaN(value)))
    throw wrong(`has a "${key}" that is not a number`);
  if (where !== undefined) requireWhere(where, label);
}

/** @throws EditError for what is no `where`, whatever the tap */
export function requireWhere(where: unknown, label: string): asserts where is Where {
  const fits = (value: unknown): boolean => Number.isInteger(value) || (Array.isArray(value) && value.every(fits));
  if (typeof where !== 'object' || where === null || Array.isArray(where) || !Object.values(where).every(fits))
    throw new EditError(`${label} has a "where" that is not {AXIS: INDEX or [INDICES]}: ${JSON.stringify(where)}`);
}

function requirePatch(patch: unknown, { name, shape }: RegionTap, label: string): { data: Float32Array; shape: Shape } {
  const { shape: own, data } = (patch ?? {}) as Partial<PatchValues>;
  if (!Array.isArray(own) || typeof data !== 'object' || data === null)
    throw new EditError(`${label} has a "patch" that is neither {"shape": [..], "data": [..]} nor a run`);
  if (own.join() !== shape.join())
    throw new EditError(`${label} patches '${name}' ${formatShape(shape)} with values ${formatShape(own)}`);
  const values: unknown[] = 'length' in data ? Array.from(data as ArrayLike<unknown>) : Object.values(data);
  if (values.length !== sizeOf(shape) || values.some((value) => typeof value !== 'number'))
    throw new EditError(`${label} patches '${name}' with ${values.length} values; expected ${sizeOf(shape)} numbers`);
  return { data: Float32Array.from(values as number[]), shape };
}

function requireSame(changed: unknown, x: Tensor, { name }: RegionTap, label: string): Tensor {
  const fits = changed instanceof Tensor && changed.dtype === x.dtype && changed.device === x.device;
  if (fits && changed.shape.join() === x.shape.join()) return changed;
  const got = changed instanceof Tensor ? String(changed) : typeof changed;
  throw new EditError(`${label} makes ${got} of '${name}'; expected ${x}`);
}

/** An edit as people read it: `xattn.*.gate.* = 0`. */
export function editText({ at, ...change }: Edit): string {
  if ('scale' in change) return `${at} x ${change.scale}`;
  if ('add' in change) return `${at} + ${change.add}`;
  return 'set' in change ? `${at} = ${change.set}` : at;
}
