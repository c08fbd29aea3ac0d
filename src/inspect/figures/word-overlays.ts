import { requireKinds } from '../../files/kinds.ts';
import type { Picture } from '../../model/image.ts';
import { requireOptions } from '../../tensor/index.ts';
import type { AnswerWord } from '../answer-words.ts';
import { FIGURE_OPTIONS, type FigureOptions } from './options.ts';
import { tokenOverlays } from './token-overlays.ts';

/**
 * All maps of an answer in one figure, each word under its own name.
 * @param words as `answerWords` gives them
 * @param pictures by image, the squares that the model sees: `greySquare`
 * @returns an SVG
 * @throws ViewError for an image without a picture
 * @example
 * ```ts
 * const picture = await loadPicture('cat.png');
 * const asked = { sequence: [{ image: picture }, { text: 'name :' }] };
 * const svg = await wordOverlays(await answerWords(model, asked), [greySquare(picture, model.config.preprocessing)]);
 * ```
 */
export function wordOverlays(
  words: readonly AnswerWord[],
  pictures: readonly Picture[],
  options: FigureOptions = {},
): Promise<string> {
  requireOptions('wordOverlays', options, FIGURE_OPTIONS);
  requireKinds('wordOverlays', { words, pictures }, '[text,map] [width,height,rgba]');
  const overlays = words.flatMap(({ map, occlusions }, token) => {
    if (map.images.length === 0) return [{ map: { ...map, token } }];
    return map.images.map((image, i) => {
      const occlusion = occlusions[i];
      return { map: { ...map, token, images: [image] }, ...(occlusion && { occlusion }) };
    });
  });
  return tokenOverlays(overlays, { ...options, tokens: words.map(({ text }) => text), pictures });
}
