/** The page's worker: the model lives here. */

import { ResourceError } from '../../files/location.ts';
import { decodePng } from '../../files/picture/decode-page.ts';
import type { Picture } from '../../files/picture/read.ts';
import { Model } from '../../model/model.ts';
import { gateValues } from '../../runs/gates.ts';
import { openDevice } from '../../tensor/index.ts';
import { readWeights, weightsSource } from '../../zoo/open/weights.ts';
import type { Ask, FromWorker, ModelFacts, Problem, ToWorker, TrainCommand, View, Views } from '../protocol.ts';
import { fileAt, isAt } from './beside.ts';
import { Classroom } from './classroom.ts';
import { Engines } from './engines.ts';
import { Lanes, SUPERSEDED } from './lanes.ts';
import { ownOf } from './own-picture.ts';
import { fetchReader, readPicture } from './read-picture.ts';

const say = (message: FromWorker): void => self.postMessage(message);

interface Opened {
  readonly engines: Engines;
  readonly classroom: Classroom;
}

let opened: Opened | null = null;
let base = new URL(self.location.href);
const pictures = new Map<string, Promise<Picture>>();

/** The picture of a name, beside the page. */
function picture(name: string): Promise<Picture> {
  const known = pictures.get(name);
  if (known) return known;
  const read = shipped(new URL(`pictures/${name}.png`, base));
  pictures.set(name, read);
  read.catch(() => pictures.delete(name));
  return read;
}

/** The page's own pictures are plain PNG: they wait for no reader of all formats. @throws ResourceError */
async function shipped(place: URL): Promise<Picture> {
  const bytes = await fileAt(place);
  if (!bytes) throw new ResourceError(`${place.pathname.split('/').at(-1)}`, 'is not there');
  const { width, height, data } = await decodePng(bytes as Uint8Array<ArrayBuffer>);
  return { width, height, rgba: new Uint8Array(data), notes: [] };
}

const pictureOf = async (file: Blob, name: string): Promise<Picture> =>
  readPicture(new Uint8Array(await file.arrayBuffer()), name);

async function open(place: string, names: readonly string[]): Promise<void> {
  base = new URL(place);
  try {
    const progress = (loaded: number, all: number): void => say({ is: 'progress', loaded, all });
    const folder = new URL('weights/', base);
    const model = new Model(await readWeights(weightsSource(folder, progress), await openDevice('simd')));
    const engines = new Engines(model, picture, {
      read: (name) => fileAt(new URL(name, folder)),
      has: (name) => isAt(new URL(name, folder)),
    });
    const classroom = new Classroom(model, picture, {
      pause: () => new Promise((resolve) => setTimeout(resolve)),
      trained: (view, engine) => {
        engines.here = engine;
        say({ is: 'trained', ...view });
      },
    });
    opened = { engines, classroom };
    say({ is: 'opened', ...(await factsOf(model)) });
    for (const name of names) picture(name).catch(() => {}); // later there may be no network
    fetchReader().catch(() => {});
    korean().catch(() => {});
  } catch (error) {
    say({ is: 'broken', problem: await problemOf(error) });
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
      part(await isOpen().engines.view(ask.request, want, { pause, partly: part }));
    } catch (error) {
      if (error === SUPERSEDED) throw error;
      say({ is: 'failed', seq: ask.seq, lane: ask.lane, want, problem: await problemOf(error) });
    }
    await pause();
  }
});

function isOpen(): Opened {
  if (!opened) throw new Error('the model is not open yet');
  return opened;
}

async function shrink({ id, file, name }: Extract<ToWorker, { do: 'shrink' }>): Promise<void> {
  try {
    const { preprocessing } = isOpen().engines.shipped.model.config;
    say({ is: 'shrunk', id, own: ownOf(await (file ? pictureOf(file, name) : picture(name)), preprocessing) });
  } catch (error) {
    say({ is: 'unreadable', id, problem: await problemOf(error) });
  }
}

async function train(command: TrainCommand): Promise<void> {
  try {
    await isOpen().classroom.do(command);
  } catch (error) {
    say({ is: 'untrained', problem: await problemOf(error) });
  }
}

async function audit({ id, request, wants }: Extract<ToWorker, { do: 'audit' }>): Promise<void> {
  const views: Partial<Record<keyof Views, View>> = {};
  try {
    const { engines, classroom } = isOpen();
    const again = engines.again();
    for (const want of wants)
      views[want.what] = want.what === 'training' ? await classroom.again() : await again.view(request, want);
    await again.close();
    say({ is: 'audited', id, views: views as Partial<Views>, problem: null });
  } catch (error) {
    say({ is: 'audited', id, views: views as Partial<Views>, problem: await problemOf(error) });
  }
}

const korean = (): Promise<typeof import('./korean.ts')> => import('./korean.ts');

/** Korean comes in a chunk of its own; without it, English. */
async function problemOf(error: unknown): Promise<Problem> {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message } = error;
  const told = await korean().catch(() => null);
  return { name, message, korean: told?.koreanOf(error) ?? null };
}

self.onmessage = ({ data }: MessageEvent<ToWorker>): void => {
  if (data.do === 'open') void open(data.base, data.pictures);
  if (data.do === 'ask') lanes.push(data);
  if (data.do === 'shrink') void shrink(data);
  if (data.do === 'train') void train(data.command);
  if (data.do === 'audit') void audit(data);
};

// What nobody waits for would otherwise fail in silence.
self.addEventListener('unhandledrejection', async ({ reason }) =>
  say({ is: 'broken', problem: await problemOf(reason) }),
);

say({ is: 'here' });
