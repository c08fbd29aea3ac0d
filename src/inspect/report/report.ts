/** What a report of one prompt shows, as data. */

import { requireKinds } from '../../files/kinds.ts';
import type { Answer } from '../../model/answer.ts';
import type { Picture } from '../../model/image.ts';
import type { Model } from '../../model/model.ts';
import { type PictureItem, type Prompt, requirePictures, tokenise } from '../../model/prompt.ts';
import type { Run } from '../../runs/captured.ts';
import { type Edit, editText } from '../../runs/edit.ts';
import { requireOptions } from '../../tensor/index.ts';
import { type AnswerWord, answerWords } from '../answer-words.ts';
import { type AttentionMap, crossAttentionMap } from '../attention-map.ts';
import { dataAddress, greySquare, seenSquare } from '../figures/overlay.ts';
import { type GateEffects, gateEffects } from '../gate-effects.ts';
import { CONTRIBUTION_TAPS, type GateContribution, gateContributions } from '../gates.ts';
import { LOGIT_LENS_TAPS, type LogitLens, logitLens } from '../logit-lens.ts';
import { type TapSummary, tapSummaries } from '../tap-summary.ts';
import { TOP_CHANGES_TAPS, type TopChange, topChanges } from '../top-changes.ts';
import { type ImageRibbon, imageRibbon } from '../which-image.ts';

export interface ReportPicture {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Addresses that hold a PNG each: the square that the model is shown, large enough for people, and in its own size. */
  readonly large: string;
  readonly seen: string;
  readonly seenSize: number;
  /** Ground of the maps. */
  readonly grey: Picture;
}

export interface Report {
  readonly device: string;
  /** In reading order; pictures by their place among the pictures. */
  readonly sequence: readonly PictureItem<number>[];
  readonly pictures: readonly ReportPicture[];
  /** Tokens of the prompt, as they stand in the vocabulary. */
  readonly tokens: readonly string[];
  readonly answer: Answer;
  readonly ribbon: ImageRibbon;
  readonly contributions: readonly GateContribution[];
  /** Null when the model answers nothing, or has no gates. */
  readonly effects: GateEffects | null;
  /** Empty without pictures that the model encodes itself. */
  readonly words: readonly AnswerWord[];
  /** Of the block whose attention adds most to the last token; null when no attention reaches it. */
  readonly attention: (AttentionMap & { readonly layer: number }) | null;
  readonly lens: LogitLens;
  readonly taps: readonly TapSummary[];
  /** The same prompt under edits; null without any. */
  readonly changed: ReportChange | null;
}

export interface ReportChange {
  /** As they are written on a command line: `xattn.*.gate.* = 0`. */
  readonly edits: readonly string[];
  readonly answer: Answer;
  readonly tokens: readonly TopChange[];
}

export interface ReportOptions {
  /** What the pictures are called, in their order; default their numbers. */
  readonly names?: readonly string[];
  /** Called after each gate that was closed and each word that was mapped, with the share that is done: up to 1. */
  readonly progress?: (share: number) => void;
  /** Changes whose answer is shown beside the other one. */
  readonly edit?: readonly Edit[];
  /** Bytes of captured values that may be held at once; default 1 GiB. */
  readonly budget?: number;
}

/** What the views need. */
const VIEWED: readonly string[] = [
  ...TOP_CHANGES_TAPS,
  ...CONTRIBUTION_TAPS,
  ...LOGIT_LENS_TAPS,
  'xattn.*.attention.weights',
];

const LARGE = 160;
/** Whole answers that are listed. */
const LIKELY = 5;

/**
 * Reads the prompt with every tap captured, in several runs where one would hold too much, and asks all views of it.
 * @throws what `model.run` and `model.answer` throw
 * @example
 * ```ts
 * const picture = await loadPicture('cat.png');
 * const report = await reportOf(model, { sequence: [{ image: picture }, { text: 'name :' }] }, { names: ['cat.png'] });
 * ```
 */
export async function reportOf(model: Model, asked: Prompt<Picture>, options: ReportOptions = {}): Promise<Report> {
  requireOptions('reportOf', options, 'names progress edit budget');
  requireKinds('reportOf', { model, 'the prompt': asked }, '{flamingo,tokenizer} {sequence}');
  const prompt = requirePictures(asked, 'reportOf');
  const { names = [], progress = () => {}, edit = [], budget } = options;
  const { ids, images } = tokenise(prompt, model.tokenizer);
  const answer = await model.answer(prompt, { likely: LIKELY });
  const run = await model.run({ sequence: prompt.sequence }, { capture: VIEWED });
  const contributions = gateContributions(run);
  const gates = answer.text !== '' && contributions.length > 0;
  const looks = images.length > 0 && model.config.model.vision !== undefined;
  const parts = Number(gates) + Number(looks);
  const part = (index: number) => (done: number, all: number) => progress((index + done / all) / parts);
  let image = 0;
  return {
    device: model.device.name,
    sequence: prompt.sequence.map((item) => ('image' in item ? { image: image++ } : item)),
    pictures: await Promise.all(images.map((picture, i) => reportPicture(model, picture, names[i] ?? String(i)))),
    tokens: ids.map((id) => model.tokenizer.token(id)),
    answer,
    ribbon: imageRibbon(run),
    contributions,
    effects: gates ? await gateEffects(model, prompt, part(0)) : null,
    words: looks ? await answerWords(model, prompt, part(parts - 1)) : [],
    attention: strongestAttention(run, contributions),
    lens: await logitLens(model, run),
    taps: await tapSummaries(model, prompt, budget),
    changed: edit.length > 0 ? await changeOf(model, prompt, edit, run) : null,
  };
}

async function changeOf(
  model: Model,
  prompt: Prompt<Picture>,
  edit: readonly Edit[],
  before: Run,
): Promise<ReportChange> {
  const after = await model.answer(prompt, { edit, likely: LIKELY, capture: TOP_CHANGES_TAPS });
  const tokens = topChanges(before, after.run, model);
  return { edits: edit.map(editText), answer: after, tokens };
}

async function reportPicture({ config }: Model, picture: Picture, name: string): Promise<ReportPicture> {
  const { preprocessing } = config;
  return {
    name,
    width: picture.width,
    height: picture.height,
    large: await dataAddress(seenSquare(picture, preprocessing, LARGE)),
    seen: await dataAddress(seenSquare(picture, preprocessing)),
    seenSize: preprocessing.size,
    grey: greySquare(picture, preprocessing),
  };
}

function strongestAttention(run: Run, contributions: readonly GateContribution[]): Report['attention'] {
  const adds = ({ attention }: GateContribution): number => Math.abs(attention.at(-1) ?? 0);
  const reached = contributions.filter(({ attention }) => (attention.at(-1) ?? null) !== null);
  if (reached.length === 0) return null;
  const { layer } = reached.reduce((most, block) => (adds(block) > adds(most) ? block : most));
  return { ...crossAttentionMap(run, layer), layer };
}
