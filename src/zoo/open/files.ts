/** The files of a model's parts: which there are, what their config.json says, and their tensors. */

import type { ByteSource } from '../../files/byte-source.ts';
import { isFolder, openCheckpoint, weightsIn } from '../../files/checkpoint.ts';
import type { Checkpoint, StateSource } from '../../files/checkpoint-source.ts';
import { besideFile, inFolder, isOnDisk } from '../../files/location.ts';
import { ResourceError, readResource } from '../../files/resource.ts';
import { requireOptions } from '../../tensor/index.ts';
import { type CheckpointLayout, layoutOf, unwrapped } from '../names/formats.ts';
import { parseJsonFile } from './json-file.ts';
import { WeightsError } from './shapes.ts';

/** A file of weights by path, URL or content; a folder of them by path. */
export type WeightsLocation = string | URL | Uint8Array | ByteSource;

/** One part of a model: its weights, and its config.json where that does not lie beside them. */
export type PartLocation =
  | WeightsLocation
  | {
      readonly weights?: WeightsLocation;
      /** The content of config.json, parsed. */
      readonly config?: unknown;
    };

/** An open file of weights. */
export interface PartFile {
  /** For errors: the file's name. */
  readonly label: string;
  /** The model's own tensors, without what training programs put around them. */
  readonly source: StateSource;
  readonly layout: CheckpointLayout;
  readonly close: () => Promise<void>;
}

export interface OpenPart {
  readonly files: readonly PartFile[];
  /** Its config.json, if there is one. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
}

/** Opens the files of a part; only headers are read. @throws WeightsError, ConfigError, and what `openCheckpoint` throws */
export async function openPart(source: PartLocation): Promise<OpenPart> {
  if (!isLocation(source)) requireOptions('the location of weights', source, 'weights config');
  const { weights, config } = isLocation(source) ? { weights: source, config: undefined } : source;
  const files = weights === undefined ? [] : await locationsOf(weights);
  const opened: PartFile[] = [];
  try {
    for (const { location, label } of files) opened.push(await openFile(location, label));
    const stated = config ?? (weights === undefined ? undefined : await configBeside(weights));
    return { files: opened, config: stated === undefined ? undefined : asObject(stated) };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

export async function closeAll(files: readonly PartFile[]): Promise<void> {
  await Promise.all(files.map(({ close }) => close()));
}

/** Tells whether it is a location of weights, not their description. */
export function isLocation(source: PartLocation): source is WeightsLocation {
  return (
    typeof source === 'string' || source instanceof URL || source instanceof Uint8Array || 'read' in Object(source)
  );
}

async function locationsOf(location: WeightsLocation): Promise<{ location: WeightsLocation; label: string }[]> {
  if (typeof location !== 'string' && !(location instanceof URL)) return [{ location, label: 'the given bytes' }];
  if (!(await isFolder(location))) return [{ location, label: fileName(location) }];
  return (await weightsIn(location)).map((name) => ({ location: inFolder(location, name), label: name }));
}

const fileName = (location: string | URL): string =>
  String(location)
    .replace(/[/\\]+$/, '')
    .replace(/^.*[/\\]/, '');

async function openFile(location: WeightsLocation, label: string): Promise<PartFile> {
  const checkpoint: Checkpoint = await openCheckpoint(location);
  const source = unwrapped(checkpoint);
  const layout = layoutOf(source.names);
  if (layout) return { label, source, layout, close: () => checkpoint.close() };
  await checkpoint.close();
  const names = source.names.slice(0, 3).join(', ') || 'none at all';
  throw new WeightsError(
    `${label} holds no part of a Flamingo that is known here; its names are ${names}, ...; expected those of OpenFlamingo, flamingo-mini, flamingo-pytorch or IDEFICS, of CLIP, or of a language model`,
  );
}

/** `config.json` in the folder, or beside the file. */
async function configBeside(weights: WeightsLocation): Promise<unknown> {
  if (typeof weights !== 'string' && !(weights instanceof URL)) return undefined;
  const folder = await isFolder(weights);
  if (!folder && !isOnDisk(weights)) return undefined; // a server answers what it likes for files that are not there
  return readJson(folder ? inFolder(weights, 'config.json') : besideFile(weights, 'config.json'));
}

/** A file of JSON, undefined when it is not there. @throws WeightsError when it is not valid JSON */
export async function readJson(location: string | URL): Promise<unknown> {
  const bytes = await readResource(location).catch((error: unknown) => {
    if (error instanceof ResourceError && error.reason === 'does not exist') return undefined;
    throw error;
  });
  return bytes && parseJsonFile(bytes, String(location));
}

/** Where the parts of a model lie that is a folder on the disk; what is not there is left out. */
export interface PartFolders {
  readonly vision?: string | URL;
  readonly languageModel?: string | URL;
}

/**
 * `vision` and `language_model` in the folder, or folders with the names that flamingo-mini's config.json gives them:
 * `openai/clip-vit-large-patch14`, `facebook/opt-125m`.
 */
export async function partFolders(folder: string | URL): Promise<PartFolders> {
  if (!(await isFolder(folder))) return {};
  const config = (await readJson(inFolder(folder, 'config.json'))) as
    | { clip_model_type?: unknown; lm?: unknown }
    | undefined;
  const first = async (...names: readonly unknown[]): Promise<string | URL | undefined> => {
    for (const name of names) {
      if (typeof name !== 'string' || !/^[\w.-]+(\/[\w.-]+)?$/.test(name) || name.includes('..')) continue;
      const location = inFolder(folder, name);
      if (await isFolder(location)) return location;
    }
    return undefined;
  };
  const vision = await first('vision', config?.clip_model_type);
  const languageModel = await first('language_model', 'lm', config?.lm);
  return { ...(vision !== undefined && { vision }), ...(languageModel !== undefined && { languageModel }) };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new WeightsError('config.json is not an object; expected the settings of a model');
}
