/** What an implementation saved beside a case: files of torch.save, in which the trained weights must stand bit for bit. */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint } from '../files/checkpoint.ts';
import { type Comparison, compare, equal } from './compare.ts';
import type { GoldenNumbers } from './runner.ts';

const TRAINED = 'out.train.final.';

/** Every trained tensor of the case, in every `.pt` file of its folder; training scripts put their own words before names. */
export async function compareSavedFiles(folder: string, io: GoldenNumbers): Promise<Comparison[]> {
  const trained = io.names.filter((name) => name.startsWith(TRAINED));
  const files = (await readdir(folder)).filter((file) => file.endsWith('.pt')).sort();
  const compared: Comparison[] = [];
  for (const file of files) {
    const checkpoint = await openCheckpoint(join(folder, file));
    const names = new Map(
      checkpoint.names.map((name) => [name.replace(/^(model_state_dict\.)?(module\.)?/, ''), name]),
    );
    for (const name of trained) {
      const parameter = name.slice(TRAINED.length);
      const saved = names.get(parameter);
      const found = saved === undefined ? undefined : await checkpoint.read(saved);
      compared.push(compare(`${file}: ${parameter}`, await io.read(name), found, equal));
    }
    await checkpoint.close();
  }
  return compared;
}
