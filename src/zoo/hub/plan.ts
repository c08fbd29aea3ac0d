/** Which files a model consists of, where they are: the same question to the hub, the cache and a folder. */

import { editDistance } from '../../tensor/options.ts';
import { HubAccessError, HubError, HubNotFoundError } from './errors.ts';
import {
  type Choice,
  CONFIG,
  flamingoMiniNeeds,
  glassNeeds,
  ideficsNeeds,
  KNOWN_MODELS,
  type Layout,
  type Need,
  OPEN_FLAMINGO_MODELS,
  openFlamingoNeeds,
  type Part,
} from './models.ts';
import { checkFileName, checkRepository, type FileSource, type RepositoryFile } from './source.ts';

export interface PlannedPart<File> {
  readonly part: Part;
  readonly repository: string;
  readonly files: readonly File[];
  /** The file that names all tensors: the only one, or the index of shards. */
  readonly weights?: File;
}

export interface Plan<File> {
  readonly name: string;
  readonly layout: Layout;
  /** OpenFlamingo: a gated block before every n-th layer, which its files do not say. */
  readonly every?: number;
  readonly parts: readonly PlannedPart<File>[];
}

/**
 * Finds every file of a model.
 *
 * @param repository where the Flamingo part lies, when that is not its name: `.` in a folder
 * @throws HubNotFoundError when something is missing, HubError for a model that is not a Flamingo
 */
export async function planModel<File extends RepositoryFile>(
  source: FileSource<File>,
  name: string,
  repository: string = checkRepository(name),
): Promise<Plan<File>> {
  const { needs, ...kind } = await needsOf(source, name, repository);
  const parts: PlannedPart<File>[] = [];
  for (const need of needs) parts.push(await firstThatHas(source, need));
  return { name, ...kind, parts };
}

interface Kind {
  readonly layout: Layout;
  readonly every?: number;
  readonly needs: readonly Need[];
}

async function needsOf<File extends RepositoryFile>(
  source: FileSource<File>,
  name: string,
  repository: string,
): Promise<Kind> {
  const [full, known] = Object.entries(OPEN_FLAMINGO_MODELS).find(([full]) => `/${full}`.endsWith(`/${name}`)) ?? [];
  if (full !== undefined && known !== undefined) {
    const needs = openFlamingoNeeds(repository === name ? full : repository, known);
    return { layout: 'openflamingo', every: known.every, needs };
  }
  const file = await source.find(repository, CONFIG).catch((error: unknown) => {
    throw error instanceof HubAccessError ? new HubAccessError(`${error.message}${nearest(name)}`) : error;
  });
  if (file === undefined) throw new HubNotFoundError(`${name}: ${missing(name, repository)}`);
  const config = parseObject(await source.read(file), `${name}/${CONFIG}`);
  const { lm, clip_model_type: clip, model_type: type, format } = config;
  if (typeof lm === 'string' && typeof clip === 'string') {
    const needs = flamingoMiniNeeds(repository, { lm: checkRepository(lm), clip: checkRepository(clip) });
    return { layout: 'flamingo-mini', needs };
  }
  if (type === 'idefics') return { layout: 'idefics', needs: ideficsNeeds(repository) };
  if (typeof format === 'string' && format.startsWith('glass-flamingo/'))
    return { layout: 'glass', needs: glassNeeds(repository) };
  const found = typeof type === 'string' ? `model_type ${JSON.stringify(type)}` : 'no kind of Flamingo';
  throw new HubError(
    `${name}: its ${CONFIG} says ${found}; expected a Flamingo: flamingo-mini or idefics${nearest(name)}`,
  );
}

function missing(name: string, repository: string): string {
  if (repository === name) return `there is no such model, or it has no ${CONFIG}${nearest(name)}`;
  const kinds = 'flamingo-mini, IDEFICS or this project';
  return `no ${CONFIG} in the folder; expected that of ${kinds}, or a folder called like an OpenFlamingo model`;
}

/** A part from the first of its repositories that has what it needs. */
async function firstThatHas<File extends RepositoryFile>(
  source: FileSource<File>,
  need: Need,
): Promise<PlannedPart<File>> {
  const refusals: HubError[] = [];
  for (const repository of need.repositories) {
    try {
      return await collect(source, repository, need);
    } catch (error) {
      if (!(error instanceof HubNotFoundError || error instanceof HubAccessError)) throw error;
      refusals.push(error);
    }
  }
  const [first, ...more] = refusals as [HubError, ...HubError[]];
  if (more.length === 0) throw first;
  throw new HubNotFoundError([first, ...more].map(({ message }) => message).join('; and '));
}

async function collect<File extends RepositoryFile>(
  source: FileSource<File>,
  repository: string,
  { part, files: choices }: Need,
): Promise<PlannedPart<File>> {
  const files: File[] = [];
  let weights: File | undefined;
  for (const choice of choices) {
    const found = await choose(source, repository, choice);
    if (choice.weights && found[0]) {
      weights = found[0];
      if (weights.name.endsWith('.index.json')) for (const shard of await shardsOf(source, weights)) found.push(shard);
    }
    for (const file of found) files.push(file);
  }
  return { part, repository, files, ...(weights && { weights }) };
}

async function choose<File extends RepositoryFile>(
  source: FileSource<File>,
  repository: string,
  { oneOf, optional = false }: Choice,
): Promise<File[]> {
  for (const group of oneOf) {
    const found = await Promise.all(group.map((name) => source.find(repository, name)));
    if (found.every((file) => file !== undefined)) return found as File[];
  }
  if (optional) return [];
  const names = oneOf.map((group) => group.join(' with ')).join(', ');
  const lacks = oneOf.length > 1 ? `none of ${names} found` : `${names} is missing`;
  throw new HubNotFoundError(`${repository}: ${lacks}${nearest(repository)}`);
}

/** The files that an index of shards names, which lie beside it. */
async function shardsOf<File extends RepositoryFile>(source: FileSource<File>, index: File): Promise<File[]> {
  const what = `${index.repository}/${index.name}`;
  const { weight_map: map } = parseObject(await source.read(index), what);
  const names = [...new Set(Object.values(typeof map === 'object' && map !== null ? map : {}))];
  if (names.length === 0 || !names.every((name) => typeof name === 'string'))
    throw new HubError(`${what} names no files of weights; expected weight_map, from names of tensors to files`);
  const folder = index.name.slice(0, index.name.lastIndexOf('/') + 1);
  const shards = await Promise.all(
    (names as string[]).map(async (name) => {
      const shard = await source.find(index.repository, checkFileName(folder + name));
      if (shard === undefined)
        throw new HubNotFoundError(`${index.repository}: ${name} is missing, which ${index.name} names`);
      return shard;
    }),
  );
  return shards;
}

function parseObject(text: string, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new HubError(`${what} is not a JSON object`);
}

/** Advice for a name that is near a known one; nothing for one that is known. */
function nearest(name: string): string {
  if (KNOWN_MODELS.includes(name)) return '';
  const letters = (text: string) => [...text.toLowerCase()];
  const ranked = KNOWN_MODELS.map((known) => {
    const distance = editDistance(letters(name), letters(known), (a, b) => (a === b ? 0 : 1));
    return { known, distance };
  });
  const best = ranked.sort((a, b) => a.distance - b.distance).slice(0, 3);
  return `; nearest known: ${best.map(({ known }) => known).join(', ')}`;
}
