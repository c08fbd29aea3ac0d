/** The parts of a public model by its name on the hub, from the cache. */

import { partFolders, readJson } from '../open/files.ts';
import type { ModelParts } from '../open/open-flamingo-files.ts';
import { WeightsError } from '../open/shapes.ts';
import { HubNotFoundError } from './errors.ts';
import { type ResolvedPart, resolveModel } from './resolve.ts';
import { hubSettings } from './settings.ts';

const { readFile, stat } = process.getBuiltinModule('node:fs/promises');
const { dirname, join } = process.getBuiltinModule('node:path');

/**
 * Null for a file, for a folder that is whole, and for what is neither there nor a name of the hub.
 * @throws HubNotFoundError for a name that the cache does not have; WeightsError for files without weights
 */
export async function hubParts(location: string): Promise<ModelParts | null> {
  const entry = await stat(location).catch(() => undefined);
  if (
    entry ? !(entry.isDirectory() && (await refersElsewhere(location))) : !/^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(location)
  )
    return null;
  const { parts } = await resolveModel(location, hubSettings(process.env)).catch((error: unknown) => {
    if (entry || !(error instanceof HubNotFoundError)) throw error;
    throw new HubNotFoundError(`no file or folder is called ${location}; as a name of the hub: ${error.message}`);
  });
  const { flamingo, vision, language, tokenizer } = parts;
  if (flamingo?.weights === undefined) throw new WeightsError(`${location} has no file of weights`);
  const tokens = Object.values(tokenizer?.files ?? {})[0];
  return {
    flamingo: flamingo.weights,
    ...(vision && { vision: await partOf(vision) }),
    ...(language && { languageModel: await partOf(language) }),
    ...(tokens !== undefined && { tokenizer: dirname(tokens) }),
  };
}

/** Tells whether a folder's config.json names a vision encoder and a language model that do not lie in it. */
async function refersElsewhere(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, 'config.json'), 'utf8').catch(() => '');
  if (!text.includes('"clip_model_type"')) return false;
  const { vision, languageModel } = await partFolders(folder);
  return vision === undefined || languageModel === undefined;
}

/** Beside weights lies their config.json; some language models are a config.json alone. */
async function partOf({ weights, files }: ResolvedPart): Promise<NonNullable<ModelParts['vision']>> {
  if (weights !== undefined) return weights;
  const config = files['config.json'];
  return config === undefined ? {} : { config: await readJson(config) };
}
