/** A part of the figure, opened: who looks at what, how large the stream is, what it would say. */

import {
  type AttentionMap,
  crossAttentionMap,
  resamplerAttentionMap,
  selfAttentionMap,
  visionAttentionMap,
} from '../../inspect/attention-map.ts';
import { LOGIT_LENS_TAPS, type LogitLens, logitLens } from '../../inspect/logit-lens.ts';
import { norm } from '../../inspect/recorded.ts';
import { WHICH_IMAGE_TAPS } from '../../inspect/which-image.ts';
import type { Model } from '../../model/model.ts';
import type { Prepared } from '../../model/prepared.ts';
import type { Captured, Run } from '../../runs/captured.ts';
import type { RunOptions } from '../../runs/run.ts';
import type { RoomView } from '../protocol.ts';

interface Opened {
  readonly run: (options: RunOptions) => Promise<Run>;
  readonly prepared: Prepared;
  readonly tokens: readonly string[];
}

export async function roomView(
  model: Model,
  { room, token }: { readonly room: string; readonly token: number | null },
  { run: ask, prepared, tokens }: Opened,
): Promise<RoomView> {
  const names = prepared.taps.map(({ name }) => name);
  const taps = prepared.taps.filter(({ name }) => name.startsWith(`${room}.`));
  const text = /^(xattn|lm\.layers)\./.test(room);
  const layers = new Set(taps.flatMap(({ name }) => /^(.*)\.attention\.weights$/.exec(name)?.[1] ?? []));
  const streams = streamsOf(room, names);
  const capture = [
    ...(room.startsWith('xattn') ? WHICH_IMAGE_TAPS : []),
    ...(text ? LOGIT_LENS_TAPS : []),
    ...(room === 'vision' ? ['vision.patches'] : []),
    ...[...layers].map((layer) => `${layer}.attention.weights`),
    ...streams,
  ];
  const run = await ask({ capture });
  const last = tokens.length - 1;
  const picture = text || !streams[0] ? null : (run.get(streams[0]).shape.at(-3) as number) - 1;
  return {
    room,
    tokens,
    taps: taps.map(({ name, shape }) => ({ name, shape })),
    maps: [...layers].map((layer) => mapOf(run, layer, picture ?? 0)),
    picture,
    norms: streams.map((name) => ({ name, values: norms(run.get(name)) })),
    lens: text ? await lensOf(model, run, Math.min(token ?? last, last)) : null,
  };
}

function mapOf(run: Run, layer: string, picture: number): AttentionMap {
  const index = Number(layer.split('.').at(-1));
  if (layer.startsWith('xattn')) return crossAttentionMap(run, index);
  if (layer.startsWith('lm')) return selfAttentionMap(run, index);
  if (layer.startsWith('vision')) return visionAttentionMap(run, index, picture);
  return resamplerAttentionMap(run, index, picture);
}

const lensOf = (model: Model, run: Run, position: number): Promise<LogitLens> =>
  logitLens(model, run, { positions: [position] });

/** The residual stream as it enters and leaves. */
function streamsOf(room: string, names: readonly string[]): string[] {
  const posts = names.filter((name) => name.endsWith('.residual.post'));
  const own = posts.filter((name) => name.startsWith(`${room}.`));
  const text = /^(xattn|lm\.layers)\./.test(room);
  if (!text) return own;
  const before = posts.filter((name) => /^(xattn|lm\.)/.test(name)).filter((name) => !own.includes(name));
  const entering = before.filter((name) => names.indexOf(name) < names.indexOf(own[0] ?? ''));
  return [entering.at(-1) ?? 'lm.embeddings.out', ...own];
}

/** |x| over the width: of each token, or of each latent or patch of the last picture. */
function norms({ shape, data }: Captured): number[] {
  const [rows, width] = shape.slice(-2) as [number, number];
  const start = data.length - rows * width;
  return Array.from({ length: rows }, (_, i) => norm(data.subarray(start + i * width, start + (i + 1) * width)));
}
