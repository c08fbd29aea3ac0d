import { readdir, readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readFacts } from '../scripts/model-card/facts.ts';
import { cards, readTemplates } from '../scripts/model-card.ts';
import { load } from '../src/flamingo.ts';
import { CARD_ROWS } from '../src/training/evaluation-rows.ts';
import { applySnapshot, KEPT_STEPS, SNAPSHOT_STEPS, type Snapshot } from '../src/training/snapshots.ts';

const folder = fileURLToPath(new URL('../weights/', import.meta.url));
const bytes = async (name: string): Promise<number> => (await stat(`${folder}${name}`)).size;
const snapshotName = (step: number): string => `snapshots/${String(step).padStart(6, '0')}.safetensors`;

describe('the shipped weights', () => {
  it('are small, as are their snapshots, which the package leaves out', async () => {
    expect((await bytes('model.safetensors')) + (await bytes('text-tower.safetensors'))).toBeLessThanOrEqual(12e6);
    const sizes = await Promise.all(KEPT_STEPS.map((step) => bytes(snapshotName(step))));
    expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(12e6);
    expect(await readdir(`${folder}snapshots`)).toHaveLength(KEPT_STEPS.length);
    const { files } = JSON.parse(await readFile(`${folder}../package.json`, 'utf8'));
    expect(files).toContain('!weights/snapshots');
  });

  it('have a card that is written from their files, in both languages (else: npm run model-card)', async () => {
    const facts = await readFacts(folder);
    expect(facts.rows.map(({ value: _, ...row }) => row)).toMatchObject(CARD_ROWS.map((row) => ({ ...row })));
    for (const [name, text] of cards(facts, await readTemplates()))
      expect(await readFile(`${folder}${name}`, 'utf8')).toBe(text);
  });

  it('log every gate with its sign, a line a step, down to the weights', async () => {
    const lines = (await readFile(`${folder}training-log.jsonl`, 'utf8')).trim().split('\n');
    const { stages } = (await readFacts(folder)).training;
    const runs = stages.filter(({ name }) => name === 'flamingo').map(({ recipe }) => recipe);
    const averaged = runs.at(-1)?.keep ? 1 : 0; // the start mixed into the end is a line of its own
    expect(lines).toHaveLength(runs.reduce((sum, { steps }) => sum + Number(steps), averaged));
    const last = JSON.parse(lines.at(-1) as string) as Record<string, number>;
    const model = await load(folder);
    for (const { layer, attention, dense } of await model.gates()) {
      expect(last[`gate.${layer}.attention`]).toBeCloseTo(attention, 3);
      expect(last[`gate.${layer}.dense`]).toBeCloseTo(dense, 3);
    }
    model.dispose();
  });

  it('hold the answers of twelve snapshots, of which five can be opened', async () => {
    const { scenes, snapshots } = JSON.parse(await readFile(`${folder}snapshots.json`, 'utf8')) as {
      scenes: readonly string[];
      snapshots: readonly Snapshot[];
    };
    const runs = (await readFacts(folder)).training.stages.filter(({ name }) => name === 'flamingo');
    const end = runs.reduce((sum, { recipe }) => sum + Number(recipe.steps), 0);
    expect(snapshots.map(({ step }) => step)).toEqual([...SNAPSHOT_STEPS, end]);
    for (const { answers } of snapshots) expect(answers).toHaveLength(scenes.length);
    const model = await load(folder);
    const picture = (name: string): string => `${folder}../examples/pictures/${name}.png`;
    const sequence = [
      ...[{ image: picture('cactus') }, { text: 'name : cactus<EOC>' }, { image: picture('rocket') }],
      ...[{ text: 'name : rocket<EOC>' }, { image: picture('panda') }, { text: 'name :' }],
    ];
    await applySnapshot(model.flamingo, await readFile(`${folder}${snapshotName(80)}`));
    const { text, alternatives } = await model.answer({ sequence });
    const kept = snapshots.find(({ step }) => step === 80)?.answers[0];
    expect(text).toBe(kept?.text);
    expect(alternatives[0]?.probability).toBeCloseTo(kept?.alternatives[0]?.probability as number, 4);
    model.dispose();
  });

  it('classify the demo’s pictures by the text tower', async () => {
    const model = await load(folder);
    const [best] = await model.classify(`${folder}../examples/pictures/cactus.png`, ['panda', 'cactus', '로켓']);
    expect(best?.label).toBe('cactus');
    model.dispose();
  });
});
