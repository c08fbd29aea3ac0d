/** Answers what the page asks, from a model. It runs in the page's worker, and in Node for the first picture and the tests. */

import { logSoftmax, tempered, without } from '../../flamingo/generation/distribution.ts';
import { patchGrid } from '../../flamingo/vision-encoder.ts';
import { CONTRIBUTION_TAPS, gateContributions } from '../../inspect/gates.ts';
import { occlusionMap } from '../../inspect/occlusion.ts';
import { PATCH_MAP_TAPS, spreadOf, wordPatchMap } from '../../inspect/patch-map.ts';
import { imageRibbon, WHICH_IMAGE_TAPS } from '../../inspect/which-image.ts';
import type { Answer } from '../../model/answer.ts';
import type { Picture } from '../../model/image.ts';
import type { Model } from '../../model/model.ts';
import type { Prepared } from '../../model/prepared.ts';
import type { Run } from '../../runs/captured.ts';
import type { Edit } from '../../runs/edit.ts';
import { gateValues } from '../../runs/gates.ts';
import type { RunOptions } from '../../runs/run.ts';
import type { AnswerView, Chance, CoveredView, FigureView, LookedView, Views, Want } from '../protocol.ts';
import { type Item, isLatents, type Request } from '../state.ts';
import { pictureOf } from './own-picture.ts';
import { roomView } from './room.ts';
import { tapView } from './tap.ts';

/** Decoded pictures that come with the page, by name. */
export type Pictures = (name: string) => Promise<Picture>;

export interface Watching {
  /** Between runs; rejects when nobody waits for the rest. */
  readonly pause?: () => Promise<void>;
  /** What is known before all is. */
  readonly partly?: (view: CoveredView) => void;
}

/** Prompts that stay prepared, the last used last. */
const KEPT = 6;
const TOP = 5;

interface Kept {
  readonly prepared: Prepared;
  /** The answer of the untouched model. */
  plain?: Promise<Answer>;
  latents?: Promise<{ readonly shape: readonly number[]; readonly data: Float32Array }>;
}

/** What one model can answer by itself. */
export type OwnWant = Exclude<Want, { what: 'compare' | 'run' }>;

export class Engine {
  readonly model: Model;
  private readonly pictures: Pictures;
  private readonly kept = new Map<string, Promise<Kept>>();

  constructor(model: Model, pictures: Pictures) {
    this.model = model;
    this.pictures = pictures;
  }

  /** @throws what the library throws for prompts and edits that do not fit */
  async view(request: Request, want: OwnWant, watching: Watching = {}): Promise<Views[OwnWant['what']]> {
    if (want.what === 'answer') return this.answer(request);
    if (want.what === 'figure') return this.figure(request);
    if (want.what === 'looked') return this.looked(request, want.token);
    if (want.what === 'covered') return this.covered(request, want, watching);
    const { prepared } = await this.prompt(request);
    const run = async (options: RunOptions) => prepared.run({ ...options, ...(await this.options(request)) });
    if (want.what === 'tap') return tapView(this.model, { ...want, names: prepared.taps.map(({ name }) => name) }, run);
    return roomView(this.model, want, { run, prepared, tokens: this.tokens(prepared) });
  }

  /** A run with all of its values. */
  async everything(request: Request): Promise<Run> {
    const { prepared } = await this.prompt(request);
    return prepared.run({ capture: ['**'], ...(await this.options(request)) });
  }

  /** Forgets what was kept, when the weights changed. */
  async forget(): Promise<void> {
    const kept = [...this.kept.values()];
    this.kept.clear();
    for (const one of kept) (await one.catch(() => null))?.prepared.dispose();
  }

  private async answer(request: Request): Promise<AnswerView> {
    const kept = await this.prompt(request);
    kept.plain ??= kept.prepared.answer();
    const plain = await kept.plain;
    const untouched = request.edits.length === 0 && request.attend === 'latest';
    const now = untouched ? plain : await kept.prepared.answer(await this.options(request));
    const before = logSoftmax(tempered(without(plain.logits, plain.suppress), plain.temperature));
    const top = now.top(TOP).map((likely): Chance => ({ ...likely, before: Math.exp(before[likely.id] as number) }));
    return { text: now.text, before: plain.text, temperature: now.temperature, top };
  }

  private async figure(request: Request): Promise<FigureView> {
    const { prepared } = await this.prompt(request);
    const run = await prepared.run({ capture: CONTRIBUTION_TAPS, ...(await this.options(request)) });
    return {
      tokens: this.tokens(prepared),
      gates: gateValues(run),
      contributions: gateContributions(run),
      ribbon: imageRibbon(run),
      shapes: Object.fromEntries(prepared.taps.filter(({ name }) => BETWEEN.test(name)).map((t) => [t.name, t.shape])),
    };
  }

  private async looked(request: Request, token: number | null): Promise<LookedView> {
    const { prepared } = await this.prompt(request);
    const { vision } = this.model.config.model;
    const [rows, columns] = vision ? patchGrid(vision) : [1, 1];
    const run = await prepared.run({ capture: PATCH_MAP_TAPS, ...(await this.options(request)) });
    const at = Math.min(token ?? Number.POSITIVE_INFINITY, prepared.ids.length - 1);
    const map = wordPatchMap(run, at, { rows, columns });
    return { ...map, even: map.images.map(({ patches }) => spreadOf(patches).even) };
  }

  /** What follows the chosen token, with squares covered of the chosen picture, or of the last that the token sees. */
  private async covered(
    request: Request,
    { token, image }: Extract<Want, { what: 'covered' }>,
    { pause, partly }: Watching,
  ): Promise<CoveredView> {
    const { prepared } = await this.prompt(request);
    const { edit, ...rule } = await this.options(request);
    const position = Math.min(token ?? Number.POSITIVE_INFINITY, prepared.ids.length - 1);
    const mask = imageRibbon(await prepared.run({ capture: WHICH_IMAGE_TAPS, stopAfter: 'mask.allowed', ...rule }));
    const seen = mask.tokens[position]?.allowed ?? [];
    const of = image !== null && seen.includes(image) ? image : seen.at(-1);
    const model = {
      config: this.model.config,
      tokenizer: this.model.tokenizer,
      prepare: async () => ({
        run: async (options: RunOptions = {}) => {
          await pause?.();
          return prepared.run({ ...options, ...rule });
        },
        dispose: () => {}, // kept for the next request
      }),
    };
    const chosen = { position, ...(of !== undefined && { image: of }), ...(partly && { progress: partly }) };
    return occlusionMap(model, await this.written(request), { edit, ...chosen });
  }

  private tokens({ ids }: Prepared): string[] {
    return ids.map((id) => this.model.tokenizer.token(id));
  }

  private prompt(request: Request): Promise<Kept> {
    const key = JSON.stringify(request.prompt);
    const found = this.kept.get(key) ?? this.prepare(request);
    this.kept.delete(key);
    this.kept.set(key, found);
    found.catch(() => this.kept.delete(key));
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT && oldest !== undefined) {
      const dropped = this.kept.get(oldest);
      this.kept.delete(oldest);
      dropped?.then(({ prepared }) => prepared.dispose()).catch(() => {});
    }
    return found;
  }

  private async prepare(request: Request): Promise<Kept> {
    return { prepared: await this.model.prepare(await this.written(request)) };
  }

  private async written({ prompt }: Request): Promise<Parameters<Model['prepare']>[0]> {
    const read = async (item: Item) => ('text' in item ? item : { image: await this.picture(item) });
    return { sequence: await Promise.all(prompt.map(read)) };
  }

  private picture(item: Exclude<Item, { text: string }>): Promise<Picture> {
    if ('picture' in item) return this.pictures(item.picture);
    return Promise.resolve(pictureOf(item.own, this.model.config.preprocessing.size));
  }

  /** The library's edits. Latents are taken from the same prompt without edits. */
  private async options(request: Request): Promise<{ edit: Edit[]; attend: Request['attend'] }> {
    const moves = request.edits.filter(isLatents);
    const edit: Edit[] = request.edits.filter((edit): edit is Exclude<typeof edit, { latents: unknown }> => {
      return !isLatents(edit);
    });
    if (moves.length === 0) return { edit, attend: request.attend };
    const kept = await this.prompt(request);
    kept.latents ??= kept.prepared
      .run({ capture: ['resampler.out'], stopAfter: 'resampler.out' })
      .then((run) => run.get('resampler.out'));
    const { shape, data } = await kept.latents; // [1, m, l, w]
    const size = data.length / (shape[1] as number);
    const moved = data.slice();
    for (const { latents } of moves)
      moved.set(data.subarray(latents.from * size, (latents.from + 1) * size), latents.to * size);
    // Only where latents were put: pictures that keep their own can still be covered.
    const where = { medium: moves.map(({ latents }) => latents.to) };
    return { edit: [{ at: 'resampler.out', patch: { shape, data: moved }, where }, ...edit], attend: request.attend };
  }
}

/** Values that pass from part to part of Figure 3. */
const BETWEEN = /^(vision\.(pixels|patches)|resampler\.out|lm\.embeddings\.out|xattn\.0\.residual\.post|logits)$/;
