import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { GateContribution, GateEffects } from '../../src/inspect/index.ts';
import { EXAMPLES, runWithShipped, shippedModel } from './support.ts';

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

  test('--why closes every gate in turn, and names the one that speaks most for the answer', async () => {
    const { out } = await runWithShipped(['gates', ...panda, '--why', '--json']);
    const { why } = JSON.parse(out) as Json;
    const model = await shippedModel();
    expect(why.effects).toHaveLength(3 * (await model.gates()).length);
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
  });

  test('--why without a prompt is wrong usage', async () => {
    const { code, err } = await runWithShipped(['gates', '--why']);
    expect(code).toBe(2);
    expect(err).toContain('--why needs a prompt');
  });
});
