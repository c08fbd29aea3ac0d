/** What the front page lets one move: the answers of the shipped model with its deepest dense gate at places from -1 to 1. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { write } from '../../src/explorer/codec.ts';
import { type Item, start, withGate } from '../../src/explorer/state.ts';
import { load, readPicture } from '../../src/flamingo.ts';
import { ROOT } from './places.ts';

const PICTURES = ['rocket', 'panda', 'cactus', 'strawberry', 'trumpet', 'flamingo'];
const QUESTION = 'name :';
const LIKELY = 4;
/** Places of the gate from -1 to 1. */
const PLACES = 41;

export interface FrontScene {
  readonly question: string;
  readonly layer: number;
  /** Where training left the gate. */
  readonly trained: number;
  /** What the gate can be set to, in order; the trained value is one of them. */
  readonly gates: readonly number[];
  readonly pictures: readonly {
    readonly name: string;
    /** For each place of the gate, the likeliest answers with their probabilities, likeliest first. */
    readonly answers: readonly (readonly (readonly [text: string, probability: number])[])[];
    /** The explorer's link at each place, after `#`. */
    readonly links: readonly string[];
  }[];
}

export async function frontScene(): Promise<FrontScene> {
  const model = await load();
  const values = await model.gates();
  const layer = values.at(-1)?.layer ?? 0;
  const trained = Number((values.at(-1)?.dense ?? 0).toFixed(3));
  const even = Array.from({ length: PLACES }, (_, i) => Number((-1 + (2 * i) / (PLACES - 1)).toFixed(3)));
  const gates = [...new Set([...even, trained])].sort((a, b) => a - b);
  const pictures: FrontScene['pictures'][number][] = [];
  for (const name of PICTURES) {
    const image = await readPicture(await readFile(join(ROOT, 'examples/pictures', `${name}.png`)), name);
    const prepared = await model.prepare({ sequence: [{ image }, { text: QUESTION }] });
    const prompt: Item[] = [{ picture: name }, { text: QUESTION }];
    const answers: [string, number][][] = [];
    const links: string[] = [];
    for (const gate of gates) {
      const edit = gate === trained ? [] : [{ at: `xattn.${layer}.gate.dense`, set: gate }];
      const answer = await prepared.answer({ likely: LIKELY, edit });
      answers.push((answer.likely ?? []).map(({ text, probability }) => [text, Number(probability.toFixed(4))]));
      const state = start(prompt);
      links.push(write(gate === trained ? state : withGate(state, layer, 'dense', gate), start([])));
    }
    pictures.push({ name, answers, links });
    prepared.dispose();
  }
  model.dispose();
  return { question: QUESTION, layer, trained, gates, pictures };
}
