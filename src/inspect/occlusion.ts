/**
 * What covering a part of a picture changes: unlike attention, a cause. Zeiler and Fergus 2014 (arXiv 1311.2901),
 * section 4.2, with the log-probability of a token in place of a class.
 */

import { requireKinds } from '../files/kinds.ts';
import { argmax } from '../flamingo/generation/distribution.ts';
import { patchGrid } from '../flamingo/vision-encoder.ts';
import type { PictureSource } from '../model/image/source.ts';
import type { Model } from '../model/model.ts';
import type { Prepared } from '../model/prepared.ts';
import { type Prompt, requirePictures } from '../model/prompt.ts';
import type { Edit } from '../runs/edit.ts';
import { requireOptions } from '../tensor/index.ts';
import { checkIndex, range, ViewError } from './recorded.ts';
import { logProbabilities } from './top-changes.ts';

export interface OcclusionOptions {
  /** The picture that is covered, counted from 0; default the last. */
  readonly image?: number;
  /** The token whose probability is watched; default the likeliest. */
  readonly id?: number;
  /** After which position of the text, negative from its end; default -1. */
  readonly position?: number;
  /** Squares from top to bottom; default those of the vision encoder's patches. */
  readonly rows?: number;
  /** Squares from left to right; the same default. */
  readonly columns?: number;
  /** Edits that hold in all runs. */
  readonly edit?: readonly Edit[];
  /** Called after each square with the map so far: `changes` is as long as squares were covered. */
  readonly progress?: (map: OcclusionMap) => void;
}

const OCCLUSION_OPTIONS = 'image id position rows columns edit progress';

/** What is asked of a model: it reads the prompt once, and runs it often. */
export interface OcclusionModel extends Pick<Model, 'config' | 'tokenizer'> {
  prepare(prompt: Prompt<PictureSource>): Promise<Pick<Prepared, 'run' | 'dispose'>>;
}

export interface OcclusionMap {
  readonly image: number;
  readonly position: number;
  readonly id: number;
  /** As it stands in the vocabulary. */
  readonly token: string;
  readonly rows: number;
  readonly columns: number;
  /** ln p(token) of the whole picture. */
  readonly logProbability: number;
  /** ln p(token) with a square covered - ln p(token), row-major: below 0 where the square spoke for the token. */
  readonly changes: readonly number[];
}

/**
 * Runs the prompt once, and once for each square with its pixels at 0, which is the mean colour: grey.
 * @throws ViewError for a picture, a token or a position that is not there, and for a model without a vision encoder
 * @throws what `model.prepare` and `prepared.run` throw
 * @example
 * ```ts
 * const map = await occlusionMap(model, prompt, {}); // what covering each square changes
 * ```
 */
export async function occlusionMap(
  model: OcclusionModel,
  prompt: Prompt<PictureSource>,
  options: OcclusionOptions = {},
): Promise<OcclusionMap> {
  requireOptions('occlusionMap', options, OCCLUSION_OPTIONS);
  requireKinds('occlusionMap', { model, prompt }, '{config,tokenizer} {sequence}');
  const { vision } = model.config.model;
  const pictures = requirePictures(prompt, 'occlusionMap').sequence.filter((item) => 'image' in item).length;
  if (!vision || pictures === 0) throw new ViewError('there is no picture to cover; expected a prompt with pictures');
  const [patchRows, patchColumns] = patchGrid(vision);
  const {
    image = pictures - 1,
    position = -1,
    rows = patchRows,
    columns = patchColumns,
    edit = [],
    progress,
  } = options;
  checkIndex(image, pictures, 'picture', 'the prompt');
  const [height, width] =
    typeof vision.imageSize === 'number' ? [vision.imageSize, vision.imageSize] : vision.imageSize;
  const prepared = await model.prepare(prompt);
  try {
    const logs = async (cover: readonly Edit[]): Promise<Float64Array> =>
      logProbabilities(await prepared.run({ capture: ['logits'], edit: [...cover, ...edit] }), position);
    const whole = await logs([]);
    const { id = argmax(whole) } = options;
    checkIndex(id, whole.length, 'token', 'the vocabulary');
    const changes: number[] = [];
    const token = model.tokenizer.token(id);
    const map = { image, position, id, token, rows, columns, logProbability: whole[id] as number };
    for (const square of range(rows * columns)) {
      const where = {
        picture: image,
        row: pixels(Math.floor(square / columns), rows, height),
        column: pixels(square % columns, columns, width),
      };
      const covered = await logs([{ at: 'vision.pixels', set: 0, where }]);
      changes.push((covered[id] as number) - (whole[id] as number));
      progress?.({ ...map, changes: [...changes] });
    }
    return { ...map, changes };
  } finally {
    prepared.dispose();
  }
}

/** The pixels of one of several equal parts. */
function pixels(part: number, parts: number, size: number): number[] {
  const start = Math.round((part * size) / parts);
  return range(Math.round(((part + 1) * size) / parts) - start).map((i) => start + i);
}
