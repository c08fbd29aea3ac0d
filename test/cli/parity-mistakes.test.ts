import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Alteration } from '../../src/inspect/alteration.ts';
import { under } from '../../src/inspect/alteration.ts';
import { MISTAKES, type MistakeName } from '../../src/inspect/mistakes.ts';
import { runModuleCase } from '../../src/parity/run-module.ts';
import { type Device, openDevice } from '../../src/tensor/index.ts';
import { goldens } from '../parity/support.ts';
import { runWithFake } from './support.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice('simd');
});

async function diagnosis(name: string, alteration: Alteration) {
  const folder = join(goldens, name);
  const json = JSON.parse(await readFile(join(folder, 'case.json'), 'utf8'));
  return (await runModuleCase(folder, json, device, alteration)).diagnosis;
}

/** Case, mistake, where it is made (everywhere when empty), the tap at which it must show first. */
const EXHIBITS: readonly (readonly [string, MistakeName, string, string])[] = [
  ['lucidrains/gated-block-masks', 'mask-off-by-one', '', 'mask.text_time'],
  ['open-flamingo/text-first', 'mask-off-by-one', '', 'mask.text_time'],
  ['flamingo-mini/gpt2', 'mask-off-by-one', '', 'mask.text_time'],
  ['idefics/text-first-multi-image', 'mask-off-by-one', '', 'mask.text_time'],
  ['lucidrains/resampler', 'latents-missing', '', 'resampler.layers.0.attention.scores'],
  ['flamingo-mini/opt-gelu', 'latents-missing', 'resampler.layers.1', 'resampler.layers.1.attention.scores'],
  ['idefics/no-qk-norm-float-gates', 'latents-missing', '', 'resampler.layers.0.attention.scores'],
  ['lucidrains/resampler-many-media', 'media-and-latents-swapped', '', 'resampler.layers.0.attention.scores'],
  ['open-flamingo/mpt-every-1', 'media-and-latents-swapped', '', 'resampler.layers.0.attention.scores'],
  ['idefics/text-first-multi-image', 'media-and-latents-swapped', '', 'resampler.layers.0.attention.scores'],
  ['lucidrains/gated-block', 'quick-gelu-for-gelu', '', 'xattn.0.feedforward.out'],
  ['open-flamingo/neox-every-2', 'quick-gelu-for-gelu', 'lm', 'lm.layers.0.feedforward.out'],
  ['clip/hf-gelu-cls-postln', 'quick-gelu-for-gelu', '', 'vision.layers.0.feedforward.out'],
  ['clip/hf-quickgelu', 'quick-gelu-for-gelu', '', 'vision.layers.0.feedforward.out'],
  ['lucidrains/resampler', 'wrong-eps', '', 'resampler.layers.0.attention.scores'],
  ['open-flamingo/opt-every-2-multi-image', 'wrong-eps', 'xattn.3', 'xattn.3.attention.scores'],
  ['idefics/no-qk-norm-float-gates', 'wrong-eps', 'lm.norm', 'lm.norm.out'],
  ['language-models/llama', 'wrong-eps', '', 'lm.layers.0.attention.weights'],
  ['lucidrains/gated-block', 'transposed-weight', '', 'xattn.0.attention.out'],
  ['open-flamingo/real-vit', 'transposed-weight', 'vision.layers.1.feedForward.up', 'vision.layers.1.feedforward.out'],
  ['flamingo-mini/opt-sqrelu', 'transposed-weight', 'xattn.1', 'xattn.1.attention.out'],
  ['language-models/opt', 'transposed-weight', 'lm.layers.1.attention.toQ', 'lm.layers.1.attention.weights'],
  ['lucidrains/resampler', 'keys-and-values-swapped', '', 'resampler.layers.0.attention.scores'],
  ['open-flamingo/opt-every-2-multi-image', 'keys-and-values-swapped', 'xattn.1', 'xattn.1.attention.scores'],
  ['idefics/text-first-multi-image', 'keys-and-values-swapped', 'lm', 'lm.layers.0.attention.weights'],
  ['lucidrains/gated-block-no-locations', 'scale-missing', '', 'xattn.0.attention.scores'],
  ['flamingo-mini/opt-gelu', 'scale-missing', 'lm.layers.2', 'lm.layers.2.attention.weights'],
  ['clip/hf-quickgelu', 'scale-missing', '', 'vision.layers.0.attention.weights'],
];

describe('the report of a failure', () => {
  it.each(EXHIBITS)('%s with %s %s diverges first at %s', async (name, mistake, role, first) => {
    const made = MISTAKES.find((other) => other.name === mistake);
    const found = await diagnosis(name, made?.make(role ? under(role) : undefined) as Alteration);
    expect(found).toMatchObject({ first: `tap.${first}`, mistake });
  });

  it('shows every mistake in more than one implementation', () => {
    for (const { name } of MISTAKES) {
      const groups = new Set(EXHIBITS.filter(([, mistake]) => mistake === name).map(([where]) => where.split('/')[0]));
      expect(groups.size, name).toBeGreaterThan(1);
    }
  });

  it('names none where none explains it', async () => {
    const found = await diagnosis('lucidrains/gated-block', () => ({
      touches: (name) => name === 'xattn.0.attention.queries',
      change: (_, x) => x.add(0.1),
    }));
    expect(found).toEqual({ first: 'tap.xattn.0.attention.scores' });
  });

  it('says nothing of a case that passes', async () => {
    expect(await diagnosis('lucidrains/resampler', () => null)).toBeUndefined();
  });

  it('is printed under the case, and --inject tries it', async () => {
    const cases = join(goldens, 'lucidrains/resampler');
    const { code, out } = await runWithFake(['parity', '--cases', cases, '--inject', 'scale-missing']);
    expect(code).toBe(1);
    expect(out).toContain('first tap that diverges: resampler.layers.0.attention.scores');
    expect(out).toMatch(/likely mistake: scale-missing: the scale of attention is missing \(.* of \d+ taps agree/);
    const spared = await runWithFake(['parity', '--cases', cases, '--inject', 'mask-off-by-one']);
    expect(spared).toMatchObject({ code: 0, out: expect.stringContaining('nothing in it can have that mistake') });
    const wrong = await runWithFake(['parity', '--cases', cases, '--inject', 'gremlins']);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain('mask-off-by-one');
  });
});
