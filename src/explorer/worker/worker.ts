/** The page's worker: the model lives here. */

import { type Picture, readPicture } from '../../files/picture/read.ts';
import { Model } from '../../model/model.ts';
import { gateValues } from '../../runs/gates.ts';
import { openDevice } from '../../tensor/index.ts';
import { readWeights, weightsSource } from '../../zoo/open/weights.ts';
import type { Ask, FromWorker, ModelFacts, Problem, ToWorker, TrainCommand, TrainingPlan, View } from '../protocol.ts';
import { Engine } from './engine.ts';
import { Lanes, SUPERSEDED } from './lanes.ts';
import { ownOf, pictureOf as ownPicture } from './own-picture.ts';
import { Training } from './training.ts';

const say = (message: FromWorker): void => self.postMessage(message);

let opened: Engine | null = null;
let base = new URL(self.location.href);
const pictures = new Map<string, Promise<Picture>>();

/** The picture of a name, beside the page. */
function picture(name: string): Promise<Picture> {
  const known = pictures.get(name);
  if (known) return known;
  const file = `${name}.png`;
  const read = fetch(new URL(`pictures/${file}`, base))
    .then((response) => response.blob())
    .then((blob) => pictureOf(blob, file));
  pictures.set(name, read);
  read.catch(() => pictures.delete(name));
  return read;
}

const pictureOf = async (file: Blob, name: string): Promise<Picture> =>
  readPicture(new Uint8Array(await file.arrayBuffer()), name);

async function open(place: string, names: readonly string[]): Promise<void> {
  base = new URL(place);
  try {
    const progress = (loaded: number, all: number): void => say({ is: 'progress', loaded, all });
    const source = weightsSource(new URL('weights/', base), progress);
    const model = new Model(await readWeights(source, await openDevice('simd')));
    opened = new Engine(model, picture);
    say({ is: 'opened', ...(await factsOf(model)) });
    for (const name of names) picture(name).catch(() => {}); // later there may be no network
  } catch (error) {
    say({ is: 'broken', problem: problemOf(error) });
  }
}

/** One run comes before the first ask: it warms the kernels up. */
async function factsOf(model: Model): Promise<ModelFacts> {
  const run = await model.run({ sequence: [{ text: 'name :' }] }, { capture: ['xattn.*.gate.*'] });
  const { size } = model.config.preprocessing;
  return { device: model.device.name, gates: gateValues(run), imageSize: size, limits: model.limits };
}

const lanes = new Lanes(async (ask: Ask, pause) => {
  for (const want of ask.wants) {
    const begun = performance.now();
    const part = (view: View): void =>
      say({ is: 'part', seq: ask.seq, lane: ask.lane, want, view, ms: performance.now() - begun });
    try {
      part(await engine().view(ask.request, want, { pause, partly: part }));
    } catch (error) {
      if (error === SUPERSEDED) throw error;
      say({ is: 'failed', seq: ask.seq, lane: ask.lane, want, problem: problemOf(error) });
    }
    await pause();
  }
});

function engine(): Engine {
  if (!opened) throw new Error('the model is not open yet');
  return opened;
}

async function shrink({ id, file, name }: Extract<ToWorker, { do: 'shrink' }>): Promise<void> {
  try {
    const { preprocessing } = engine().model.config;
    say({ is: 'shrunk', id, own: ownOf(await (file ? pictureOf(file, name) : picture(name)), preprocessing) });
  } catch (error) {
    say({ is: 'unreadable', id, problem: problemOf(error) });
  }
}

let training: Training | null = null;
let playing = false;

async function train(command: TrainCommand): Promise<void> {
  try {
    if (command.act === 'begin') await begin(command.plan);
    if (command.act === 'pause') playing = false;
    if (command.act === 'step') await oneStep();
    if (command.act === 'play' && !playing) await play();
  } catch (error) {
    playing = false;
    say({ is: 'untrained', problem: problemOf(error) });
  }
}

async function begin({ lessons, alpha, seed }: TrainingPlan): Promise<void> {
  playing = false;
  const { model } = engine();
  const { size } = model.config.preprocessing;
  const read = ({ item }: TrainingPlan['lessons'][number]): Promise<Picture> =>
    'own' in item ? Promise.resolve(ownPicture(item.own, size)) : picture('picture' in item ? item.picture : '');
  const learned = await Promise.all(
    lessons.map(async (lesson) => ({ picture: await read(lesson), question: 'name :', answer: lesson.text })),
  );
  training?.dispose();
  training = new Training(model, learned, { seed, alpha });
  say({ is: 'trained', ...(await training.view(false)) });
}

async function oneStep(): Promise<void> {
  const now = training;
  await now?.take();
  if (now && now === training) say({ is: 'trained', ...(await now.view(playing)) });
}

async function play(): Promise<void> {
  playing = true;
  while (playing) {
    await oneStep();
    await new Promise((resolve) => setTimeout(resolve)); // pause is a message, too
  }
  if (training) say({ is: 'trained', ...(await training.view(false)) });
}

function problemOf(error: unknown): Problem {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Error', message: String(error) };
}

self.onmessage = ({ data }: MessageEvent<ToWorker>): void => {
  if (data.do === 'open') void open(data.base, data.pictures);
  if (data.do === 'ask') lanes.push(data);
  if (data.do === 'shrink') void shrink(data);
  if (data.do === 'train') void train(data.command);
};
