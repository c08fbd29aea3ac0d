import { readFileSync } from 'node:fs';
import { type Captured, load, type Model, type PicturePrompt, type Run, tokenise } from '../../src/flamingo.ts';
import type { Recorded } from '../../src/inspect/index.ts';

const root = new URL('../../', import.meta.url);
const examples = new URL('examples/', root);

/** The shipped model, and the few-shot prompt of the demo's first scene (a cactus, a rocket, then a panda to be named). */
export async function shippedPrompt(
  scene = 0,
): Promise<{ model: Model; prompt: PicturePrompt<URL>; tokens: string[] }> {
  const model = await load();
  const { scenes } = JSON.parse(readFileSync(new URL('demo.json', examples), 'utf8')) as {
    scenes: { fewShot: PicturePrompt }[];
  };
  const { sequence } = scenes.map(({ fewShot }) => fewShot)[scene] as PicturePrompt;
  const prompt: PicturePrompt<URL> = {
    sequence: sequence.map((item) => ('image' in item ? { image: new URL(item.image, examples) } : item)),
  };
  const { ids } = tokenise(prompt, model.tokenizer);
  return { model, prompt, tokens: ids.map((id) => model.tokenizer.token(id)) };
}

/** Runs it with all taps captured. */
export async function shippedRun(scene = 0): Promise<{ model: Model; run: Run; tokens: string[] }> {
  const { model, prompt, tokens } = await shippedPrompt(scene);
  return { model, run: await model.run(prompt, { capture: ['**'] }), tokens };
}

/** A run by hand. */
export function recorded(values: Readonly<Record<string, readonly [shape: number[], data: number[]]>>): Recorded {
  const captured = new Map<string, Captured>(
    Object.entries(values).map(([name, [shape, data]]) => [
      name,
      { name, dims: [], shape, data: Float32Array.from(data) },
    ]),
  );
  return {
    names: [...captured.keys()],
    get: (name) => {
      const found = captured.get(name);
      if (!found) throw new Error(`'${name}' was not captured`);
      return found;
    },
  };
}

/** An element of what a run captured, by its indices. */
export function at(run: Recorded, name: string, ...index: number[]): number {
  const { shape, data } = run.get(name);
  return data[index.reduce((place, i, axis) => place * (shape[axis] as number) + i, 0)] as number;
}
