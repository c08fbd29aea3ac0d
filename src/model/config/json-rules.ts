/** Rules for values read from JSON: each says what it expects, and names the place of what does not fit. */

import { quote } from '../../files/quote.ts';
import { GlassFlamingoError } from '../../tensor/errors.ts';

/** A `config.json` that is not a configuration of a model: where in it, what is wrong, what would do. */
export class ConfigError extends GlassFlamingoError {
  override readonly name = 'ConfigError';

  constructor(where: string, value: unknown, expected: string) {
    const found = value === undefined ? 'is missing' : `is ${quote(value)}`;
    super(`config.json: ${where} ${found}; expected ${expected}`);
  }
}

/** Gives the value back as what it should be. @throws ConfigError */
export type Rule<T> = (value: unknown, where: string) => T;

function rule<T>(expected: string, fits: (value: unknown) => boolean): Rule<T> {
  return (value, where) => {
    if (!fits(value)) throw new ConfigError(where, value, expected);
    return value as T;
  };
}

export const whole = (from: number, to: number = Number.MAX_SAFE_INTEGER): Rule<number> =>
  rule(
    to === Number.MAX_SAFE_INTEGER ? `a whole number from ${from}` : `a whole number from ${from} to ${to}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to,
  );

export const between = (low: number, high: number): Rule<number> =>
  rule(
    `a number from ${low} to ${high}`,
    (value) => Number.isFinite(value) && (value as number) >= low && (value as number) <= high,
  );

/** No model is as large: what is beyond would only fill the memory. */
export const MOST: number = 2 ** 24;
/** A width, a number of heads or of tokens. */
export const some: Rule<number> = whole(1, MOST);
/** A number of layers. */
export const few: Rule<number> = whole(1, 1024);
/** What a norm adds to a variance. */
export const small: Rule<number> = between(1e-30, 1);
/** How many times as wide as its model a feed-forward network is. */
export const widening: Rule<number> = between(0.01, 1024);
/** Of the wavelengths of rotary positions. */
export const base: Rule<number> = between(1, 1e12);
/** The exponent of ALiBi's last slope. */
export const slope: Rule<number> = between(1e-6, 1e6);

/** Below or above a folder, by names alone: never an address or a place of the disk. */
export const folder: Rule<string> = rule(
  'a folder by its way from this one, such as ..',
  (value) => typeof value === 'string' && /^[\w.-]+(\/[\w.-]+)*$/.test(value),
);

export const flag: Rule<boolean> = rule('true or false', (value) => typeof value === 'boolean');

export const oneOf = <const T extends string>(...values: readonly T[]): Rule<T> =>
  rule(`one of ${values.join(', ')}`, (value) => values.includes(value as T));

/** Several numbers, each from `low` to `high`. */
export const numbers = (count: number, low: number, high: number): Rule<readonly number[]> => {
  const one = (value: unknown): boolean => Number.isFinite(value) && Number(value) >= low && Number(value) <= high;
  return rule(
    `${count} numbers from ${low} to ${high}`,
    (value) => Array.isArray(value) && value.length === count && value.every(one),
  );
};

export const either =
  <A, B>(test: (value: unknown) => boolean, a: Rule<A>, b: Rule<B>): Rule<A | B> =>
  (value, where) =>
    test(value) ? a(value, where) : b(value, where);

export const nullable = <T>(inner: Rule<T>): Rule<T | null> =>
  either(
    (value) => value === null,
    () => null,
    inner,
  );

/** One of several objects, told apart by what stands at `key`. */
export const tagged =
  <R extends Readonly<Record<string, Rule<unknown>>>>(key: string, rules: R): Rule<ReturnType<R[keyof R]>> =>
  (value, where) => {
    const tag = (value as Readonly<Record<string, unknown>> | null | undefined)?.[key];
    const known = oneOf(...Object.keys(rules))(tag, where ? `${where}.${key}` : key);
    return rules[known]?.(value, where) as ReturnType<R[keyof R]>;
  };

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];
type Rules<T, K extends keyof T> = { readonly [P in K]-?: Rule<Exclude<T[P], undefined>> };

/**
 * An object with the keys of T and no others; those of `optional` may be missing. A key of T without a rule does not
 * compile.
 */
export function object<T>(
  required: Rules<T, Exclude<keyof T, OptionalKeys<T>>>,
  optional: Rules<T, OptionalKeys<T>>,
): Rule<T> {
  const known = [...Object.keys(required), ...Object.keys(optional)];
  return (value, where) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new ConfigError(where || 'the file', value, `an object with ${known.join(', ')}`);
    const given = value as Record<string, unknown>;
    const place = (key: string): string => (where ? `${where}.${key}` : key);
    const stranger = Object.keys(given).find((key) => !known.includes(key));
    if (stranger) throw new ConfigError(place(stranger), given[stranger], `no such key, only ${known.join(', ')}`);
    const read = ([key, inner]: [string, Rule<unknown>]) => [key, inner(given[key], place(key))] as const;
    return Object.fromEntries([
      ...Object.entries<Rule<unknown>>(required).map(read),
      ...Object.entries<Rule<unknown>>(optional)
        .filter(([key]) => key in given)
        .map(read),
    ]) as T;
  };
}
