import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSafetensors } from '../../src/files/safetensors.ts';
import { type LabelRule, labelsOf } from '../../src/flamingo/labels.ts';
import { goldens } from '../parity/support.ts';

/** The labels of a golden's batch, and what the rule makes of its ids. */
async function compare(name: string, prefix: string, rule: LabelRule): Promise<{ golden: number[]; ours: number[] }> {
  const folder = join(goldens, name);
  const { config } = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'));
  const io = await openSafetensors(readFileSync(join(folder, 'io.safetensors')));
  const read = async (key: string) => Array.from((await io.read(`in.${prefix}${key}`)).data);
  const [ids, mask, golden] = await Promise.all([read('input_ids'), read('attention_mask'), read('labels')]);
  const { tokens } = config;
  const special = {
    image: tokens['<image>'] ?? tokens.media,
    endOfChunk: tokens['<|endofchunk|>'] ?? tokens['<EOC>'],
  };
  const length = io.info(`in.${prefix}input_ids`).shape[1] as number;
  const ours = Array.from({ length: ids.length / length }, (_, row) =>
    labelsOf(ids.slice(row * length, (row + 1) * length), mask.slice(row * length, (row + 1) * length), rule, special),
  );
  return { golden, ours: ours.flat() };
}

describe('labelsOf', () => {
  it.each(['opt-every-1', 'opt-every-2-multi-image', 'neox-every-2', 'llama-every-1', 'mpt-every-1', 'text-first'])(
    'is what OpenFlamingo learns of documents: %s',
    async (name) => {
      const { golden, ours } = await compare(`open-flamingo/${name}`, '', 'interleaved');
      expect(ours).toEqual(golden);
    },
  );

  it('is what OpenFlamingo learns of pairs, where the token after <|endofchunk|> counts', async () => {
    const { golden, ours } = await compare('open-flamingo/opt-every-1', 'pairs.', 'pairs');
    expect(ours).toEqual(golden);
    const documents = await compare('open-flamingo/opt-every-1', 'pairs.', 'interleaved');
    expect(documents.ours).not.toEqual(golden);
  });

  it('is what flamingo-mini learns: all text', async () => {
    const { golden, ours } = await compare('flamingo-mini/opt-sqrelu', '', 'text');
    expect(ours).toEqual(golden);
  });
});
