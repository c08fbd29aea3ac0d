import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Flamingo } from '../../src/flamingo/flamingo.ts';
import { TEXT_TOWER_FILE, TextClassifier } from '../../src/model/text-tower.ts';
import type { Module } from '../../src/nn/index.ts';
import { openDevice, Random } from '../../src/tensor/index.ts';
import type { State } from '../../src/training/checkpoint.ts';
import { openShared } from '../../src/training/data/index.ts';
import { exportWeights, LOG_FILE } from '../../src/training/export.ts';
import { readFinished } from '../../src/training/from-weights.ts';
import { readOwnForTraining } from '../../src/training/own/in-training.ts';
import { assembleModel, goOn } from '../../src/training/pipeline.ts';
import type { Report } from '../../src/training/report.ts';
import { Interrupted } from '../../src/training/stage.ts';
import { readWeights, weightsSource } from '../../src/zoo/open/weights.ts';
import { EXAMPLES, runWithFake } from '../cli/support.ts';
import { noisyData, smallConfig } from '../support/training-data.ts';

const report: Report = { say: () => {}, begin: () => {}, step: () => {}, end: () => {} };
const data = openShared(noisyData());
const config = { ...smallConfig(data.tokenizerJson), temperature: 1.25 };
const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'from-'));
const log = (steps: readonly number[]): string => steps.map((step) => `{"step":${step},"loss":1}\n`).join('');
const valuesOf = (module: Module): Map<string, number[]> =>
  new Map(Array.from(module.parameters(), ([name, value]) => [name, Array.from(value.dataSync())]));

/** A folder of finished weights, all random. */
async function finishedWeights(): Promise<string> {
  const device = await openDevice('simd');
  const [run, weights] = [await folder(), await folder()];
  await writeFile(join(run, 'splits.json'), JSON.stringify(data.split));
  await writeFile(join(run, 'tokenizer.json'), JSON.stringify(data.tokenizerJson));
  const tower = new TextClassifier({ device, random: new Random(4) }, data.tokenizer.size, 12, 8);
  const vision: State = new Map(
    Array.from(tower.parameters(), ([name, value]) => [
      name,
      { shape: value.shape, data: value.dataSync() as Float32Array },
    ]),
  );
  const model = new Flamingo({ device, random: new Random(3) }, config.model);
  const made = { config, data, vision };
  await expect(exportWeights(model, made, run, weights)).rejects.toThrow('flamingo.log.jsonl does not exist');
  await writeFile(join(run, 'flamingo.log.jsonl'), log([0, 1, 2]));
  await exportWeights(model, made, run, weights);
  return weights;
}

let weights: string;
beforeAll(async () => {
  weights = await finishedWeights();
});

describe('going on from finished weights', () => {
  it('starts where they are, trains the bridge alone, and counts the log on', async () => {
    const out = await folder();
    const from = await readFinished(weights, out);
    const options = { out, report, seed: 1, stages: ['flamingo'], threads: 1, architecture: () => config } as const;
    const start = await openDevice('simd').then((device) => readWeights(weightsSource(weights), device));
    const before = valuesOf(start.flamingo);
    const none = await goOn(data, from, { ...options, flamingo: { steps: 0, views: 1, batch: 4 } });
    expect(valuesOf(assembleModel(start.flamingo.device, none))).toEqual(before);
    const [half, end] = [0.5, 0].map((keep) => ({ steps: 1, views: 1, batch: 4, warmup: 1, keep }));
    const gates: number[] = [];
    for (const flamingo of [half, end]) {
      await rm(join(out, 'flamingo.checkpoint.safetensors'), { force: true });
      const { flamingo: made } = await goOn(data, from, { ...options, flamingo: { ...flamingo } });
      gates.push(made?.get('crossAttention.0.attentionGate')?.data[0] as number);
    }
    expect(gates[1]).not.toBe(0);
    expect(gates[0]).toBeCloseTo((gates[1] as number) / 2, 8); // from a gate of 0
    await rm(join(out, 'flamingo.checkpoint.safetensors'));
    const trained = await goOn(data, from, { ...options, flamingo: { steps: 2, views: 1, batch: 4, warmup: 1 } });
    const after = valuesOf(assembleModel(start.flamingo.device, trained));
    const changed = [...after.keys()].filter((name) => String(after.get(name)) !== String(before.get(name)));
    expect(changed.filter((name) => name.startsWith('vision.') || name.includes('languageModel.layers'))).toEqual([]);
    expect(changed.some((name) => name.startsWith('resampler.'))).toBe(true);
    expect(trained.config.temperature).toBeUndefined(); // it was fitted to other answers

    const made = await folder();
    await exportWeights(assembleModel(start.flamingo.device, trained), trained, out, made);
    const steps = (await readFile(join(made, LOG_FILE), 'utf8')).trim().split('\n');
    expect(steps.map((line) => (JSON.parse(line) as { step: number }).step)).toEqual([0, 1, 2, 3, 4, 5]); // the last one: the mean
    expect(await readFile(join(made, TEXT_TOWER_FILE))).toEqual(await readFile(join(weights, TEXT_TOWER_FILE)));
    const checkpoint = await readFile(join(out, 'flamingo.checkpoint.safetensors'));
    expect(checkpoint.toString('latin1')).toContain(from.sha256); // other weights cannot go on from it
  });

  it("learns one's own lines beside the others, and its checkpoint is of these lines", async () => {
    const [out, mine] = [await folder(), await folder()];
    await copyFile(join(EXAMPLES, 'panda.png'), join(mine, 'a.png'));
    const line = { sequence: [{ image: 'a.png' }, { text: 'momo<EOC>' }] };
    for (const file of ['train.jsonl', 'eval.jsonl']) await writeFile(join(mine, file), JSON.stringify(line));
    const from = await readFinished(weights, out);
    const own = await readOwnForTraining({ data: mine, weight: 0.4 }, data, config, 1);
    const flamingo = { steps: 1, views: 1, batch: 4, warmup: 1 };
    const options = {
      out,
      report,
      seed: 1,
      stages: ['flamingo'],
      threads: 2,
      architecture: () => config,
      flamingo,
    } as const;
    await goOn(data, from, options, own);
    const log = (await readFile(join(out, 'flamingo.log.jsonl'), 'utf8')).trim().split('\n');
    expect(log.map((each) => Number.isFinite(JSON.parse(each).loss))).toEqual([true]);
    await expect(goOn(data, from, options)).rejects.toThrow(/flamingo\.checkpoint/);
  });

  it('stops when it is told to while its threads get ready', async () => {
    const out = await folder();
    const from = await readFinished(weights, out);
    const options = { out, report, seed: 1, stages: ['flamingo'], threads: 1, architecture: () => config } as const;
    const stop = new AbortController();
    setImmediate(() => stop.abort());
    await expect(goOn(data, from, { ...options, signal: stop.signal })).rejects.toThrow(/being prepared/);
  });

  it('stops when it is told to while pictures are encoded', async () => {
    const out = await folder();
    const from = await readFinished(weights, out);
    const options = { out, report, seed: 1, stages: ['flamingo'], threads: 1, architecture: () => config } as const;
    const flamingo = { steps: 1, views: 1, batch: 4 };
    const stop = new AbortController();
    const encoding = { ...report, begin: () => stop.abort() };
    const stopped = goOn(data, from, { ...options, report: encoding, flamingo, signal: stop.signal });
    await expect(stopped).rejects.toThrow(/before all pictures were encoded/);
    await expect(stopped).rejects.toBeInstanceOf(Interrupted);
  });

  it('refuses weights without a split, and a folder with another tokenizer', async () => {
    const out = await folder();
    const bare = await finishedWeights();
    await rm(join(bare, 'splits.json'));
    await expect(readFinished(bare, out)).rejects.toThrow(/has no splits\.json/);
    await writeFile(join(out, 'tokenizer.json'), '{"another": 1}');
    await expect(readFinished(weights, out)).rejects.toThrow(/another tokenizer\.json than .*--out/);
  });

  it.each([
    [['--vision-steps', '5'], '--vision-steps does not go with --from'],
    [['--language-steps', '5'], '--language-steps does not go with --from'],
    [['--stage', 'vision'], '--stage does not go with --from'],
    [['--development'], '--development does not go with --from'],
    [['--out', 'runs/a', '--from', 'runs/a/weights'], 'is where this run writes its weights'],
    [['--from', 'no/such/folder'], 'no/such/folder'],
  ])('says what does not go together: %j', async (more, words) => {
    const result = await runWithFake(['train', '--out', await folder(), '--from', weights, ...more]);
    expect([result.code, result.err]).toEqual([2, expect.stringContaining(words)]);
  });
});
