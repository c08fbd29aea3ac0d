/** What a config.json says before it is known which sizes the weights have. */

import { ConfigError, few, type Rule, some } from '../../model/config/json-rules.ts';

/** An object, such as that of a config.json. */
export type Stated = Readonly<Record<string, unknown>>;

/** An object within, undefined when it is missing or null. @throws ConfigError for what is none */
export function objectIn(config: Stated | undefined, key: string): Stated | undefined {
  const value = config?.[key] ?? undefined;
  if (value !== undefined && (typeof value !== 'object' || Array.isArray(value)))
    throw new ConfigError(key, value, 'an object');
  return value as Stated | undefined;
}

/** Keys under which config.json says that every n-th layer has a block. */
const EVERY = ['xattn_every', 'cross_layer_interval', 'cross_attn_every_n_layers'];

/** n of "every n-th layer has a block". @throws ConfigError for what is no number of layers */
export function everyIn(config: Stated | undefined): number | undefined {
  const key = EVERY.find((name) => config?.[name] !== undefined);
  return key === undefined ? undefined : few(config?.[key], key);
}

/** Keys that only the config.json of a flamingo-mini has. */
const OF_MINI = /^(dim|dim_visual|(resampler|xattn)_\w+)$/;

/** Tells whether it describes what lies between the parts of a flamingo-mini. */
export const describesMini = (config: Stated | undefined): boolean =>
  Object.keys(config ?? {}).some((key) => OF_MINI.test(key));

const TYPE: Rule<string> = (value, where) => {
  if (typeof value !== 'string') throw new ConfigError(where, value, 'a text');
  return value;
};

/** @throws ConfigError where the weights are an IDEFICS and its config.json, unlike this project's own, is not */
export function requireIdefics(layout: string, config: Stated | undefined): void {
  if (layout !== 'idefics' || config === undefined || config.format !== undefined) return;
  if (TYPE(config.model_type, 'model_type') !== 'idefics')
    throw new ConfigError('model_type', config.model_type, 'idefics, whose names the weights have');
}

/** @throws ConfigError where the tokens of an IDEFICS, which follow its vocabulary, would not be those of its rows */
export function requireRows(config: Stated, described: number, rows: number): void {
  if (described === rows) return;
  const expected = `as many as the ${rows} rows of its embeddings, with additional_vocab_size`;
  throw new ConfigError('vocab_size', config.vocab_size, expected);
}

/** The heads of a language model, where its config.json says how many. @throws ConfigError for what is no such number */
export function headsIn(config: Stated, key: string): number | undefined {
  return config[key] === undefined ? undefined : some(config[key], key);
}
