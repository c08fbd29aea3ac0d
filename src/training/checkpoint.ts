import { readFile } from 'node:fs/promises';
import { openSafetensors, type SafetensorsEntry, writeSafetensors } from '../files/safetensors.ts';
import type { Module } from '../nn/index.ts';
import { GlassFlamingoError, sizeOf, type Tensor, tensor } from '../tensor/index.ts';
import { writeWhole } from './files.ts';

/** A checkpoint that does not belong to what is being trained. */
export class CheckpointError extends GlassFlamingoError {
  override name = 'CheckpointError';
}

/** Tensors of several modules under one roof: `model.…`, `optimizer.…`. */
export function tensorsOf(modules: Readonly<Record<string, Module>>): Map<string, Tensor> {
  const all = new Map<string, Tensor>();
  for (const [name, module] of Object.entries(modules)) {
    for (const [path, value] of module.parameters()) all.set(`${name}.${path}`, value);
  }
  return all;
}

/** Writes tensors in float32 (bit for bit) with text metadata, atomically. */
export async function saveTensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Record<string, string> = {},
  dtype: 'F32' | 'F16' = 'F32',
): Promise<void> {
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of tensors) entries.push({ name, shape: value.shape, data: await value.data(), dtype });
  await writeWhole(path, writeSafetensors(entries, metadata));
}

/**
 * Loads a checkpoint into tensors that exist already; nothing is changed unless everything fits.
 * @param expected metadata that must be the same
 * @throws CheckpointError naming missing, unexpected and mismatched tensors
 */
export async function loadTensors(
  path: string,
  into: ReadonlyMap<string, Tensor>,
  expected: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> {
  const file = await openSafetensors(await readFile(path));
  for (const [key, value] of Object.entries(expected)) {
    if (file.metadata[key] !== value) {
      throw new CheckpointError(
        `${path} was made with another ${key}: ${file.metadata[key]}, expected ${value}; remove it or choose another folder`,
      );
    }
  }
  const missing = [...into.keys()].filter((name) => !file.names.includes(name));
  const unexpected = file.names.filter((name) => !into.has(name));
  const mismatched = [...into]
    .filter(([name, value]) => file.names.includes(name) && sizeOf(file.info(name).shape) !== value.size)
    .map(([name]) => name);
  if (missing.length + unexpected.length + mismatched.length > 0) {
    const list = (title: string, names: readonly string[]): string =>
      names.length > 0 ? `; ${names.length} ${title}: ${names.slice(0, 3).join(', ')}` : '';
    throw new CheckpointError(
      `${path} does not fit${list('missing', missing)}${list('unexpected', unexpected)}${list('of another shape', mismatched)}`,
    );
  }
  for (const [name, value] of into) {
    const { data } = await file.read(name);
    value.assign(tensor(value.device, data, value.shape, value.dtype));
  }
  return file.metadata;
}
