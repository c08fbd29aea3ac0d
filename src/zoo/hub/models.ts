/** Public Flamingos by name, and which files of which repositories each needs. */

/** How the files of a model are laid out; `glass` is this project's own folder of weights. */
export type Layout = 'openflamingo' | 'flamingo-mini' | 'idefics' | 'glass';

/** What a file is for. */
export type Part = 'flamingo' | 'vision' | 'language' | 'tokenizer';

/** One of several groups of files: the first that is there whole. */
export interface Choice {
  readonly oneOf: readonly (readonly string[])[];
  /** Nothing is missing when none is there. */
  readonly optional?: boolean;
  /** Holds tensors; an index of shards brings its shards. */
  readonly weights?: boolean;
}

/** Files of one repository: of several repositories, the first that has them. */
export interface Need {
  readonly part: Part;
  readonly repositories: readonly string[];
  readonly files: readonly Choice[];
}

/** OpenFlamingo's repositories hold `checkpoint.pt` only; the rest is told in open_flamingo's README (2.0.1). */
interface OpenFlamingoModel {
  /** The same language model in more than one place. */
  readonly language: readonly string[];
  /** A gated block before every n-th layer. */
  readonly every: number;
}

const MPT_1B = ['anas-awadalla/mpt-1b-redpajama-200b', 'mosaicml/mpt-1b-redpajama-200b'];

export const OPEN_FLAMINGO_MODELS: Readonly<Record<string, OpenFlamingoModel>> = {
  'openflamingo/OpenFlamingo-3B-vitl-mpt1b': { language: MPT_1B, every: 1 },
  'openflamingo/OpenFlamingo-3B-vitl-mpt1b-langinstruct': {
    language: MPT_1B.map((name) => `${name}-dolly`),
    every: 1,
  },
  'openflamingo/OpenFlamingo-4B-vitl-rpj3b': { language: ['togethercomputer/RedPajama-INCITE-Base-3B-v1'], every: 2 },
  'openflamingo/OpenFlamingo-4B-vitl-rpj3b-langinstruct': {
    language: ['togethercomputer/RedPajama-INCITE-Instruct-3B-v1'],
    every: 2,
  },
  'openflamingo/OpenFlamingo-9B-vitl-mpt7b': { language: ['anas-awadalla/mpt-7b', 'mosaicml/mpt-7b'], every: 4 },
  /** Version 1, on LLaMA-7B, whose weights Meta gave out by itself; this is the usual copy. */
  'openflamingo/OpenFlamingo-9B-deprecated': { language: ['huggyllama/llama-7b'], every: 4 },
};

/** Every name that `fetch` knows; others are told by their config.json. */
export const KNOWN_MODELS: readonly string[] = [
  'dhansmair/flamingo-tiny',
  'dhansmair/flamingo-mini',
  ...Object.keys(OPEN_FLAMINGO_MODELS),
  'HuggingFaceM4/idefics-9b',
  'HuggingFaceM4/idefics-9b-instruct',
  'HuggingFaceM4/idefics-80b',
  'HuggingFaceM4/idefics-80b-instruct',
];

const one = (...names: string[]): Choice => ({ oneOf: names.map((name) => [name]) });
const maybe = (name: string): Choice => ({ oneOf: [[name]], optional: true });

export const CONFIG = 'config.json';
const WEIGHTS: Choice = {
  ...one('model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin', 'pytorch_model.bin.index.json'),
  weights: true,
};
const TOKENIZER: readonly Choice[] = [
  { oneOf: [['tokenizer.json'], ['vocab.json', 'merges.txt']] },
  maybe('tokenizer_config.json'),
  maybe('special_tokens_map.json'),
];
/** OpenAI's CLIP ViT-L/14 in Hugging Face's layout: the weights that open_clip calls `openai`. */
const CLIP_LARGE = 'openai/clip-vit-large-patch14';

function vision(repository: string): Need {
  return {
    part: 'vision',
    repositories: [repository],
    files: [one(CONFIG), WEIGHTS, maybe('preprocessor_config.json')],
  };
}

export function openFlamingoNeeds(name: string, { language }: OpenFlamingoModel): Need[] {
  return [
    { part: 'flamingo', repositories: [name], files: [{ ...one('checkpoint.pt'), weights: true }] },
    vision(CLIP_LARGE),
    { part: 'language', repositories: language, files: [one(CONFIG), WEIGHTS] },
    { part: 'tokenizer', repositories: language, files: TOKENIZER },
  ];
}

/** Its weights hold the language model, of which only the configuration and the tokenizer are missing. */
export function flamingoMiniNeeds(name: string, config: { readonly lm: string; readonly clip: string }): Need[] {
  return [
    { part: 'flamingo', repositories: [name], files: [one(CONFIG), WEIGHTS] },
    vision(config.clip),
    { part: 'language', repositories: [config.lm], files: [one(CONFIG)] },
    { part: 'tokenizer', repositories: [config.lm], files: TOKENIZER },
  ];
}

/** Everything in one repository. */
export function ideficsNeeds(name: string): Need[] {
  const settings = [one(CONFIG), maybe('preprocessor_config.json'), maybe('generation_config.json')];
  return [
    { part: 'flamingo', repositories: [name], files: [...settings, WEIGHTS] },
    { part: 'tokenizer', repositories: [name], files: TOKENIZER },
  ];
}

/** This project's own: everything in one folder. */
export function glassNeeds(name: string): Need[] {
  return [
    { part: 'flamingo', repositories: [name], files: [one(CONFIG), { ...one('model.safetensors'), weights: true }] },
    { part: 'tokenizer', repositories: [name], files: [one('tokenizer.json')] },
  ];
}
