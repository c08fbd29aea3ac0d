/** Tokenizers: a case for each model of cases.json, a folder with its tokenizer.json; ids, tokens and texts must be equal. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TextTokenizer } from '../model/tokenizer.ts';
import type { Indexed } from './compare.ts';
import { type Comparison, compareIds, compareText } from './compare.ts';

interface Expected {
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
  /** Without special tokens. */
  readonly decoded: string;
  readonly decodedAll: string;
}

interface TokenizerIndex {
  readonly implementation: string;
  readonly models: Readonly<
    Record<string, { readonly size: number; readonly specials: Readonly<Record<string, number>> }>
  >;
  readonly cases: readonly ({ readonly text: string } & Readonly<Record<string, Expected>>)[];
  readonly decodeOnly: readonly { readonly model: string; readonly ids: readonly number[]; readonly decoded: string }[];
}

export function tokenizerCases(json: object, folder: string): Indexed | undefined {
  const index = json as Partial<TokenizerIndex>;
  if (typeof index.models !== 'object' || !Array.isArray(index.cases)) return undefined;
  if (!index.cases.every((golden) => typeof golden?.text === 'string')) return undefined;
  const { implementation = 'unknown', models, cases, decodeOnly = [] } = index as TokenizerIndex;
  const run = (model: string) => async () => runModel(model, { implementation, models, cases, decodeOnly }, folder);
  return { implementation, cases: Object.keys(models).map((name) => ({ name, run: run(name) })) };
}

async function runModel(model: string, index: TokenizerIndex, folder: string): Promise<Comparison[]> {
  const file = await readFile(join(folder, model, 'tokenizer.json'), 'utf8');
  const tokenizer = new TextTokenizer(JSON.parse(file));
  const { size, specials } = index.models[model] as TokenizerIndex['models'][string];
  const facts = Object.entries(specials).map(([token, id]) =>
    compareIds(`id of ${token}`, [id], [tokenizer.id(token)]),
  );
  const texts = index.cases.flatMap(({ text, [model]: expected }, i) => {
    if (!expected) return [];
    const ids = tokenizer.encode(text);
    return [
      compareIds(`texts.${i}.ids`, expected.ids, ids),
      compareText(`texts.${i}.tokens`, expected.tokens.join('\n'), ids.map((id) => tokenizer.token(id)).join('\n')),
      compareText(`texts.${i}.decoded`, expected.decoded, tokenizer.decode(expected.ids, { skipSpecial: true })),
      compareText(`texts.${i}.decodedAll`, expected.decodedAll, tokenizer.decode(expected.ids)),
    ];
  });
  const lists = index.decodeOnly
    .filter((list) => list.model === model)
    .map(({ ids, decoded }, i) => compareText(`ids.${i}.decoded`, decoded, tokenizer.decode(ids)));
  return [compareIds('size', [size], [tokenizer.size]), ...facts, ...texts, ...lists];
}
