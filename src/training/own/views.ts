import { type Picture, type Preprocessing, preprocess } from '../../model/image.ts';
import type { Random } from '../../tensor/random.ts';
import { type Augmentation, PLAIN, renderPicture } from '../data/render.ts';

/** Side of what views are drawn from, over the side of a view: as the training pictures', 64 for 32. */
const DETAIL = 2;

/**
 * Views of a picture of one's own: the first is what `ask` sees, the others are moved, turned, sized and lit a little. Nothing
 * is mirrored, since writing and left hands are among what people draw; what is uncovered has the colour of the border.
 * @returns [3, size, size] each, normalised
 */
export function viewsOf(picture: Picture, how: Preprocessing, count: number, random: Random): Float32Array[] {
  const views = [preprocess(picture, how)];
  if (count < 2) return views;
  const side = DETAIL * how.size;
  const square = preprocess(picture, { ...how, size: side, mean: [0, 0, 0], std: [1, 1, 1] });
  const { rgba, border } = opaque(square, side);
  while (views.length < count) {
    const drawn = renderPicture(rgba, side, ownAugmentation(random.fork(views.length), border), how.size);
    views.push(normalised(drawn, how));
  }
  return views;
}

function ownAugmentation(random: Random, background: Augmentation['background']): Augmentation {
  const around = (centre: number, spread: number): number => random.uniform(centre - spread, centre + spread);
  return {
    ...PLAIN,
    background,
    scale: random.uniform(0.75, 1.2),
    shift: [around(0, 0.1), around(0, 0.1)],
    rotation: around(0, 0.15),
    gain: [around(1, 0.1), around(1, 0.1), around(1, 0.1)],
    brightness: around(0, 0.1),
  };
}

/** Planes [3, side, side] in [0, 1] as opaque RGBA, and the mean colour of the outermost pixels. */
function opaque(planes: Float32Array, side: number): { rgba: Uint8Array; border: [number, number, number] } {
  const rgba = new Uint8Array(4 * side * side).fill(255);
  const border: [number, number, number] = [0, 0, 0];
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < side * side; i++) {
      const value = Math.min(1, Math.max(0, planes[c * side * side + i] as number)); // bicubic overshoots
      rgba[4 * i + c] = Math.round(255 * value);
      const [x, y] = [i % side, Math.floor(i / side)];
      if (Math.min(x, y, side - 1 - x, side - 1 - y) === 0) border[c] = (border[c] as number) + value / (4 * side - 4);
    }
  }
  return { rgba, border };
}

/** From the [-1, 1] that `renderPicture` draws to what the encoder reads. */
function normalised(view: Float32Array, { mean, std }: Preprocessing): Float32Array {
  const plane = view.length / 3;
  return view.map((value, i) => {
    const c = Math.floor(i / plane);
    return ((value + 1) / 2 - (mean[c] as number)) / (std[c] as number);
  });
}
