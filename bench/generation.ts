/** Tokens per second: the language model in its shipped sizes, and the shipped model with pictures if it is there. */

import { access, readFile } from 'node:fs/promises';
import { generate } from '../src/flamingo/generate.ts';
import { LanguageModel } from '../src/flamingo/language-model.ts';
import { load, type Prompt } from '../src/flamingo.ts';
import { SHIPPED_VOCABULARY, shippedConfig } from '../src/model/config.ts';
import { openDevice, Random, scope, tensor } from '../src/tensor/index.ts';
import { type Bench, difference, type Entry, measureCase, type Row } from './results.ts';

const PROMPT = 16;
const TOKENS = 64;
const NEVER = -1;

export async function generation(bench: Bench): Promise<Row[]> {
  const device = await openDevice('simd');
  const { languageModel } = shippedConfig({ size: SHIPPED_VOCABULARY, special: { image: 0, eoc: 1 } }).model;
  const model = new LanguageModel({ device, random: new Random(1) }, languageModel);
  const prompt = Array.from({ length: PROMPT }, (_, i) => (i * 97 + 11) % SHIPPED_VOCABULARY);
  const cached = async (): Promise<readonly number[]> => {
    const [row] = await generate(model, { ids: [prompt] }, { maxTokens: TOKENS, stop: NEVER });
    return row?.ids ?? [];
  };
  /** Reads the whole text again for each token: what the cache saves, and what it must agree with. */
  const whole = async (): Promise<readonly number[]> => {
    const ids = [...prompt];
    for (let i = 0; i < TOKENS; i++) {
      const logits = scope(device, () => {
        const all = model.forward(tensor(device, Int32Array.from(ids), [1, ids.length]));
        return all.slice([[null], [ids.length - 1, ids.length]]).argmax();
      });
      ids.push(await logits.item());
      logits.dispose();
    }
    return ids.slice(PROMPT);
  };
  const error = difference('tokens with and without a cache', await cached(), await whole(), 0);
  const entries: Entry[] = [
    { name: `${device.name}, key-value cache`, error: null, run: cached },
    { name: `${device.name}, whole text again`, error, run: whole },
  ];
  const unit = { work: TOKENS, unit: 'tokens/s' };
  const rows = await measureCase(bench, 'generation', `language model, ${TOKENS} tokens`, entries, unit);
  return [...rows, ...(await shipped(bench))];
}

/** From files to text: decoding the pictures, the vision encoder, the resampler, and the answer's tokens. */
async function shipped(bench: Bench): Promise<Row[]> {
  const root = new URL('../', import.meta.url);
  try {
    await access(new URL('weights/', root));
  } catch {
    bench.say('No weights/ here: the shipped model is left out.');
    return [];
  }
  const examples = new URL('examples/', root);
  const own = JSON.parse(await readFile(new URL('own.json', examples), 'utf8')) as Prompt;
  const sequence = own.sequence.map((item) => ('image' in item ? { image: new URL(item.image, examples) } : item));
  const prompt = { sequence, generate: { maxTokens: 8 } };
  const model = await load();
  const first = await model.answer(prompt);
  const answer = async (): Promise<void> => {
    const { ids } = await model.answer(prompt);
    difference('the same answer again', ids, first.ids, 0);
  };
  const pictures = sequence.filter((item) => 'image' in item).length;
  const entries: Entry[] = [{ name: model.device.name, error: null, run: answer }];
  return measureCase(bench, 'generation', `shipped model, ${pictures} pictures`, entries, {
    work: 1,
    unit: 'answers/s',
  });
}
