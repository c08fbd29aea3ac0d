import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { tokenise } from '../../src/flamingo.ts';
import {
  CONTRIBUTION_TAPS,
  contributionMap,
  type GateContribution,
  type GateEffects,
  gateContributions,
} from '../../src/inspect/index.ts';
import { EXAMPLES, runWithShipped, shippedModel } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'glass-flamingo-'));
afterAll(() => rmSync(folder, { recursive: true }));

const panda = ['--image', join(EXAMPLES, 'panda.png'), '--text', 'name :'];
const prompt = { sequence: [{ image: join(EXAMPLES, 'panda.png') }, { text: 'name :' }] };

interface Json {
  gates: { layer: number; attention: number; dense: number }[];
  contributions: GateContribution[];
  why: GateEffects & { decisive: { layer: number; gate: string } };
}

describe('gates', () => {
  test('shows the gates of the weights when there is no prompt', async () => {
    const { code, out } = await runWithShipped(['gates', '--json']);
    expect(code).toBe(0);
    expect((JSON.parse(out) as Json).gates).toEqual(await (await shippedModel()).gates());
  });

  test('contributions are those of the taps: |contribution| / |what it is added to|', async () => {
    const { out } = await runWithShipped(['gates', ...panda, '--json']);
    const { contributions } = JSON.parse(out) as Json;
    const run = await (await shippedModel()).run(prompt, { capture: ['xattn.**', 'lm.layers.*.residual.post'] });
    const norm = (name: string): number => {
      const { data, shape } = run.get(name);
      const last = Array.from(data.slice(-(shape.at(-1) as number)));
      return Math.sqrt(last.reduce((sum, x) => sum + x * x, 0));
    };
    for (const { layer, attention, dense } of contributions.slice(1)) {
      const added = norm(`xattn.${layer}.contribution.attention`) / norm(`lm.layers.${layer - 1}.residual.post`);
      expect(Math.abs(attention.at(-1) as number)).toBeCloseTo(added, 5);
      const thought = norm(`xattn.${layer}.contribution.dense`) / norm(`xattn.${layer}.residual.mid`);
      expect(Math.abs(dense.at(-1) as number)).toBeCloseTo(thought, 5);
    }
  });

  test('prints both gates of each layer, and what each adds to the last token', async () => {
    const { contributions } = JSON.parse((await runWithShipped(['gates', ...panda, '--json'])).out) as Json;
    const { out } = await runWithShipped(['gates', ...panda]);
    const share = (values: readonly (number | null)[]): string => (100 * Math.abs(values.at(-1) as number)).toFixed(1);
    for (const { layer, gates, attention, dense } of contributions) {
      const line = out.split('\n').find((line) => line.startsWith(`    ${layer} `)) ?? '';
      const numbers = [gates.attention.toFixed(3), share(attention), gates.dense.toFixed(3), share(dense)];
      expect(line.match(/-?\d+\.\d+/g)).toEqual(numbers);
    }
  });

  test('--why closes every gate in turn, and names the one that speaks most for the answer', async () => {
    const { out } = await runWithShipped(['gates', ...panda, '--why', '--json']);
    const { why } = JSON.parse(out) as Json;
    const model = await shippedModel();
    const each = (await model.gates()).flatMap(({ layer }) =>
      ['attention', 'both', 'dense'].map((gate) => `${layer} ${gate}`),
    );
    expect(why.effects.map(({ layer, gate }) => `${layer} ${gate}`).sort()).toEqual(each);
    const scored = async (at?: string): Promise<number> => {
      const edit = at === undefined ? [] : [{ at, set: 0 }];
      const answer = await model.answer({ ...prompt, candidates: [why.text] }, { edit });
      return answer.candidates?.[0]?.logProbability as number;
    };
    const before = await scored();
    expect(why.logProbability).toBe(before);
    const single = why.effects.filter(({ gate }) => gate !== 'both');
    for (const { layer, gate, change } of single)
      expect(change).toBe((await scored(`xattn.${layer}.gate.${gate}`)) - before);
    const lowest = single.reduce((a, b) => (b.change < a.change ? b : a));
    expect(why.decisive).toEqual(lowest);
    const { out: text } = await runWithShipped(['gates', ...panda, '--why']);
    expect(text).toContain(`Layer ${lowest.layer}'s ${lowest.gate} gate speaks most for "${why.text}"`);
    const printed = text.match(/^layer \d, (attention|dense|both) .*$/gm) ?? [];
    expect(printed.map((line) => line.split(/ {2,}/))).toEqual(
      why.effects.map(({ layer, gate, logProbability, change, text }) => [
        `layer ${layer}, ${gate}`,
        logProbability.toFixed(2),
        `${change < 0 ? '' : '+'}${change.toFixed(2)}`,
        text,
      ]),
    );
  });

  test('--training tells how they opened, from the log beside the weights', async () => {
    const { out } = await runWithShipped(['gates', '--training', '--json']);
    const { steps } = JSON.parse(out) as { steps: { step: number; layer: number; gate: string; value: number }[] };
    const log = readFileSync('weights/training-log.jsonl', 'utf8').trim().split('\n');
    const last = JSON.parse(log.at(-1) as string) as Record<string, number>;
    const end = steps.filter(({ step }) => step === last.step);
    for (const { layer, gate, value } of end) expect(value).toBe(last[`gate.${layer}.${gate}`]);
    expect(end).toHaveLength(8);
    expect((await runWithShipped(['gates', '--training'])).out).toMatch(
      /layer 3, dense +[▁▂▃▄▅▆▇█]{40} +-?[01]\.\d\d\d\n/,
    );
    const none = await runWithShipped(['gates', '--training', '--weights', folder]);
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('there is no training-log.jsonl')]);
  });

  test('--svg draws the gates, or with a prompt what each adds', async () => {
    const [bars, adds] = [join(folder, 'bars.svg'), join(folder, 'adds.svg')];
    await runWithShipped(['gates', '--svg', bars]);
    const gates = await (await shippedModel()).gates();
    const dense = (gates.at(-1)?.dense ?? Number.NaN).toFixed(3).replace('-', '−');
    expect(readFileSync(bars, 'utf8')).toContain(`layer 3, dense: ${dense.startsWith('−') ? '' : '+'}${dense}`);
    await runWithShipped(['gates', ...panda, '--svg', adds, '--lang', 'ko']);
    const model = await shippedModel();
    const run = await model.run(prompt, { capture: CONTRIBUTION_TAPS });
    const { ids } = tokenise(prompt, model.tokenizer);
    const tokens = ids.map((id) => model.tokenizer.token(id));
    expect(readFileSync(adds, 'utf8')).toBe(await contributionMap(gateContributions(run), tokens, { lang: 'ko' }));
  });

  test('--svg that cannot be written is refused before anything is computed', async () => {
    const loadModel = (): never => expect.fail('nothing is computed');
    const { code, err } = await runWithShipped(['gates', '--svg', join(folder, 'none', 'a.svg')], { loadModel });
    expect([code, err]).toEqual([2, expect.stringMatching(/--svg: .*its folder does not exist/)]);
  });

  test('--why without a prompt is wrong usage', async () => {
    const { code, err } = await runWithShipped(['gates', '--why']);
    expect(code).toBe(2);
    expect(err).toContain('--why needs a prompt');
  });
});
