/** The tokenizer of a Flamingo from the files beside it, with the tokens that its dialect adds. */

import { inFolder, isOnDisk } from '../../files/location.ts';
import { ResourceError, readResource } from '../../files/resource.ts';
import { type NamedTokens, readTokenizerFiles, type TokenizerFiles } from '../../model/tokenizer/files.ts';
import { SPECIAL_TOKENS, Tokenizer, type TokenizerSetup } from '../../model/tokenizer.ts';

import type { DialectName } from '../dialects.ts';
import { PROMPT_WORDS } from '../prompt-words.ts';
import { flamingoMiniTokens, ideficsTokens, openFlamingoTokens } from '../tokenizer-setups.ts';
import { readJson } from './files.ts';

/** The files of a tokenizer in a folder on the disk; undefined when it holds none. @throws WeightsError for what is not valid JSON */
export async function tokenizerFilesIn(folder: string | URL): Promise<TokenizerFiles | undefined> {
  if (!isOnDisk(folder)) return undefined;
  const json = (name: string) => readJson(inFolder(folder, name));
  const [whole, vocab, merges] = [
    await json('tokenizer.json'),
    await json('vocab.json'),
    await text(folder, 'merges.txt'),
  ];
  if (whole === undefined && (vocab === undefined || merges === undefined)) return undefined;
  const files: Record<string, unknown> = {
    'tokenizer.json': whole,
    'vocab.json': vocab,
    'merges.txt': merges,
    'tokenizer_config.json': await json('tokenizer_config.json'),
    'special_tokens_map.json': await json('special_tokens_map.json'),
  };
  return files as TokenizerFiles;
}

async function text(folder: string | URL, name: string): Promise<string | undefined> {
  const bytes = await readResource(inFolder(folder, name)).catch((error: unknown) => {
    if (error instanceof ResourceError) return undefined;
    throw error;
  });
  return bytes && new TextDecoder().decode(bytes);
}

/**
 * This project's own tokenizer, whose `<EOC>` has OpenFlamingo's name in what was exported for it.
 * @throws TokenizerError when the files hold no tokenizer that can be run
 */
export function ownTokenizer(files: TokenizerFiles): Tokenizer {
  const { json } = readTokenizerFiles(files);
  const renamed = json.added_tokens.some(({ content }) => content === OPEN_FLAMINGO_END);
  const eoc = renamed ? OPEN_FLAMINGO_END : SPECIAL_TOKENS.eoc;
  return new Tokenizer(json, { added: [], roles: { ...SPECIAL_TOKENS, eoc } });
}

const OPEN_FLAMINGO_END = '<|endofchunk|>';

/** @throws TokenizerError when the files hold no tokenizer that can be run */
export function tokenizerFor(
  dialect: DialectName,
  files: TokenizerFiles,
  config: Readonly<Record<string, unknown>> | undefined,
): Tokenizer {
  const { json, named } = readTokenizerFiles(files);
  const setup = setupFor(dialect, named, config);
  const words = PROMPT_WORDS[dialect] ?? PROMPT_WORDS.openFlamingo;
  // Of IDEFICS only the instructed models have a token of their own for the end of a text.
  return new Tokenizer(json, { ...setup, words: words && { ...words, endOfChunk: setup.roles.eoc } });
}

function setupFor(
  dialect: DialectName,
  named: NamedTokens,
  config: Readonly<Record<string, unknown>> | undefined,
): TokenizerSetup {
  if (dialect === 'flamingoMini') return flamingoMiniTokens(named);
  if (dialect !== 'idefics') return openFlamingoTokens(named);
  return ideficsTokens(named, { instruct: Number(config?.additional_vocab_size ?? 0) > 2 });
}
