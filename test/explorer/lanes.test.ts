/** Order among asks, and what is left when nobody waits for the rest: in Node, as the worker has it. */

import { expect, it } from 'vitest';
import type { Ask, CoveredView, FigureView, LookedView } from '../../src/explorer/protocol.ts';
import { start } from '../../src/explorer/state.ts';
import { Lanes, SUPERSEDED } from '../../src/explorer/worker/lanes.ts';
import { nodeEngines, PAINT } from './support.ts';

const scene = start(PAINT.scenes[3]?.prompt ?? []);
const ask = (seq: number, lane: Ask['lane'] = 'live'): Ask => ({ seq, lane, request: scene, wants: [] });
const rest = (): Promise<void> => new Promise((done) => setTimeout(done, 5));

/** Lanes whose work takes some macrotasks; `log` has what began and what ended whole. */
function lanesOf(pauses: number): { lanes: Lanes; began: number[]; ended: number[] } {
  const [began, ended]: [number[], number[]] = [[], []];
  const lanes = new Lanes(async ({ seq }, pause) => {
    began.push(seq);
    for (let i = 0; i < pauses; i++) {
      await rest();
      await pause();
    }
    ended.push(seq);
  });
  return { lanes, began, ended };
}

it('runs one ask of a burst and then the last, and never an older one after a newer one', async () => {
  const { lanes, began, ended } = lanesOf(3);
  for (let seq = 1; seq <= 200; seq++) {
    lanes.push(ask(seq));
    if (seq % 10 === 0) await rest();
  }
  await expect.poll(() => ended.at(-1)).toBe(200);
  expect(began.length).toBeLessThanOrEqual(1 + 20 + ended.length); // no more than one for each rest
  for (const seqs of [began, ended]) expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
});

it('leaves what runs in the background as soon as something live is asked, and then goes on with what is newest', async () => {
  const { lanes, began, ended } = lanesOf(20);
  lanes.push(ask(1, 'background'));
  await expect.poll(() => began).toEqual([1]);
  lanes.push(ask(2));
  lanes.push(ask(3, 'background'));
  await expect.poll(() => ended).toEqual([2, 3]);
});

it('maps attention to shares that sum to 1, covers all squares, and stops when it is superseded', async () => {
  const engines = await nodeEngines();
  const looked = (await engines.view(scene, { what: 'looked', token: null })) as LookedView;
  for (const { patches, elsewhere } of looked.images)
    expect(patches.reduce((sum, share) => sum + share, elsewhere)).toBeCloseTo(1, 5);
  const seen: number[] = [];
  const partly = ({ changes }: CoveredView): void => void seen.push(changes.length);
  const whole = (await engines.view(scene, { what: 'covered', token: null, image: null }, { partly })) as CoveredView;
  expect(whole.changes).toHaveLength(16);
  expect(seen).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
  seen.length = 0;
  const pause = async (): Promise<void> => {
    if (seen.length === 3) throw SUPERSEDED;
  };
  const stopped = engines.view(scene, { what: 'covered', token: null, image: null }, { partly, pause });
  await expect(stopped).rejects.toBe(SUPERSEDED);
  expect(seen).toEqual([1, 2, 3]);
  engines.shipped.model.dispose();
});

it("covers a picture that keeps its own latents, though another's were put elsewhere", async () => {
  const engines = await nodeEngines();
  const covered = async (token: number): Promise<CoveredView> => {
    const request = { ...scene, edits: [{ latents: { from: 1, to: 2 } }] };
    return (await engines.view(request, { what: 'covered', token, image: null })) as CoveredView;
  };
  const { tokens } = (await engines.view(scene, { what: 'figure' })) as FigureView;
  const [first, last] = [await covered(tokens.indexOf('<image>')), await covered(tokens.length - 1)];
  expect([first.image, last.image]).toEqual([0, 2]);
  expect(Math.max(...first.changes.map(Math.abs))).toBeGreaterThan(1e-3);
  expect(last.changes.every((change) => change === 0)).toBe(true); // its latents were taken before it was covered
  engines.shipped.model.dispose();
});

it('does not let text before the first picture know which pictures come', async () => {
  const engines = await nodeEngines();
  const [picture, other] = PAINT.scenes[3]?.prompt.filter((item) => 'picture' in item) ?? [];
  const run = async (last: typeof picture) => {
    const prompt = [{ text: 'a name :' }, ...(last ? [last] : []), { text: 'name :' }];
    const { tokens, contributions } = (await engines.view(start(prompt), { what: 'figure' })) as unknown as {
      tokens: string[];
      contributions: { attention: (number | null)[]; dense: (number | null)[] }[];
    };
    const first = tokens.indexOf('<image>');
    return contributions.map(({ attention, dense }) => [attention.slice(0, first), dense.slice(0, first)]);
  };
  expect(picture).not.toEqual(other);
  expect(await run(picture)).toEqual(await run(other));
  engines.shipped.model.dispose();
});
