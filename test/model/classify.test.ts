import { beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../src/files/safetensors.ts';
import { Flamingo } from '../../src/flamingo/flamingo.ts';
import { formatConfig } from '../../src/model/config/json.ts';
import { Model } from '../../src/model/model.ts';
import { TEXT_TOWER_FILE } from '../../src/model/text-tower.ts';
import { Tokenizer } from '../../src/model/tokenizer.ts';
import { StateDictError } from '../../src/nn/index.ts';
import { ArgumentError, type Device, openDevice, Random } from '../../src/tensor/index.ts';
import { WeightsError } from '../../src/zoo/open/shapes.ts';
import { readWeights, WEIGHTS_FILES, writeWeights } from '../../src/zoo/open/weights.ts';
import { noisyData, smallConfig } from '../support/training-data.ts';

const { tokenizerJson } = noisyData();
const tokenizer = new Tokenizer(tokenizerJson);
const config = smallConfig(tokenizerJson);
const picture = { width: 1, height: 1, rgba: Uint8Array.of(200, 30, 60, 255), notes: [] };
const [WIDTH, PROJECTION] = [4, 8];
const random = new Random(3);
const values = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.normal());
const words = values(tokenizer.size * WIDTH);
const projection = values(PROJECTION * WIDTH);
const tower = (width = WIDTH): Uint8Array =>
  writeSafetensors([
    { name: 'text.words.weight', shape: [tokenizer.size, width], data: words.subarray(0, tokenizer.size * width) },
    { name: 'text.projection.weight', shape: [PROJECTION, WIDTH], data: projection },
    { name: 'logScale', shape: [1], data: Float32Array.of(2) },
  ]);

let device: Device;
let files: Map<string, Uint8Array>;
beforeAll(async () => {
  device = await openDevice('simd');
  const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const flamingo = new Flamingo({ device, random: new Random(1) }, config.model);
  files = new Map([
    [WEIGHTS_FILES.model, await writeWeights(flamingo, { dtype: 'F32' })],
    [WEIGHTS_FILES.config, new TextEncoder().encode(formatConfig(config))],
    [WEIGHTS_FILES.tokenizer, json(tokenizerJson)],
    [TEXT_TOWER_FILE, tower()],
  ]);
});

const opened = async (change: Record<string, Uint8Array | null> = {}): Promise<Model> => {
  const file = async (name: string): Promise<Uint8Array> => {
    const bytes = name in change ? change[name] : files.get(name);
    if (!bytes) throw new WeightsError(`there is no ${name}`);
    return bytes;
  };
  return new Model(await readWeights({ file }, device));
};

/** exp(2) cos(features, projection gelu(mean of the words)), in float64. */
function cosine(features: Float32Array, label: string): number {
  const ids = tokenizer.encode(label);
  const erf = (x: number): number => {
    const t = 1 / (1 + 0.3275911 * Math.abs(x));
    const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    return Math.sign(x) * (1 - poly * Math.exp(-x * x));
  };
  const mean = Array.from({ length: WIDTH }, (_, i) => {
    const x = ids.reduce((sum, id) => sum + (words[id * WIDTH + i] as number), 0) / ids.length;
    return 0.5 * x * (1 + erf(x / Math.SQRT2));
  });
  const text = Array.from({ length: PROJECTION }, (_, row) =>
    mean.reduce((sum, x, i) => sum + x * (projection[row * WIDTH + i] as number), 0),
  );
  const norm = (v: ArrayLike<number>): number => Math.hypot(...Array.from(v));
  return text.reduce((sum, x, i) => sum + x * (features[i] as number), 0) / (norm(text) * norm(features));
}

describe('classify', () => {
  const labels = ['fox', 'guide dog', '여우', 'harp'];

  it('ranks by cosine of picture and text, with the learned scale, as computed by hand', async () => {
    const model = await opened();
    const ranked = await model.classify(picture, labels);
    const features = await model.features(picture);
    const expected = labels.map((label) => ({ label, similarity: cosine(features, label) }));
    expected.sort((a, b) => b.similarity - a.similarity);
    expect(ranked.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
    const total = expected.reduce((sum, { similarity }) => sum + Math.exp(Math.E ** 2 * similarity), 0);
    ranked.forEach(({ similarity, probability }, i) => {
      expect(similarity).toBeCloseTo(expected[i]?.similarity as number, 5);
      expect(probability).toBeCloseTo(Math.exp(Math.E ** 2 * similarity) / total, 5);
    });
    model.dispose();
  });

  it('does not depend on what else is asked, and leaves nothing behind', async () => {
    const model = await opened();
    const [alone] = await model.classify(picture, ['fox']);
    const live = device.liveTensors;
    const among = (await model.classify(picture, labels)).find(({ label }) => label === 'fox');
    expect(among?.similarity).toBeCloseTo(alone?.similarity as number, 6);
    expect(device.liveTensors).toBeLessThanOrEqual(live);
    model.dispose();
  });

  it.each([
    [[], 'there are no labels'],
    [['fox', ' '], 'a label is empty'],
    [['fox', 'owl', 'fox'], "the label 'fox' comes twice"],
    ['fox' as unknown as string[], 'expected a list of texts'],
  ])('refuses labels %j', async (wrong, message) => {
    const model = await opened();
    await expect(model.classify(picture, wrong)).rejects.toThrow(ArgumentError);
    await expect(model.classify(picture, wrong)).rejects.toThrow(message);
    model.dispose();
  });

  it('says what is missing or does not fit', async () => {
    const without = await opened({ [TEXT_TOWER_FILE]: null });
    await expect(without.classify(picture, labels)).rejects.toThrow(WeightsError);
    await expect(without.classify(picture, labels)).rejects.toThrow('have no text tower, text-tower.safetensors');
    const other = await opened({ [TEXT_TOWER_FILE]: tower(WIDTH - 1) });
    await expect(other.classify(picture, labels)).rejects.toThrow(StateDictError);
    const { flamingo, tokenizer, config } = other;
    await expect(new Model({ flamingo, tokenizer, config }).classify(picture, labels)).rejects.toThrow('no text tower');
  });
});

describe('the temperature of the configuration', () => {
  it('spreads the probabilities that are shown, and neither chooses nor ranks', async () => {
    const warm = await opened({
      [WEIGHTS_FILES.config]: new TextEncoder().encode(formatConfig({ ...config, temperature: 2 })),
    });
    const plain = await opened();
    const prompt = { sequence: [{ image: picture }, { text: 'name :' }], candidates: ['fox', 'owl'] };
    const [a, b] = [await plain.answer(prompt), await warm.answer(prompt)];
    expect([b.text, b.ids, b.candidates, b.logits]).toEqual([a.text, a.ids, a.candidates, a.logits]);
    expect(b.alternatives.map(({ token }) => token)).toEqual(a.alternatives.map(({ token }) => token));
    const odds = ({ alternatives: [first, second] }: typeof a): number =>
      Math.log((first?.probability as number) / (second?.probability as number));
    expect(odds(b)).toBeCloseTo(odds(a) / 2, 5);
  });
});
