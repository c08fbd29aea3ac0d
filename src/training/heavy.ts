import type { Random } from '../tensor/random.ts';

/** Shares of heavily rendered views that each change touches; together they make of a drawing one by another hand. */
const SHARES = { mix: 0.6, contrast: 0.5, blur: 0.35, edges: 0.3, cutout: 0.4 } as const;

type Planes = Float32Array;

const clip = (x: number): number => Math.min(1, Math.max(-1, x));

/** Every channel becomes a mixture of all three: other colours with the same borders. */
function mixChannels(view: Planes, random: Random): void {
  const plane = view.length / 3;
  const matrix = Array.from({ length: 9 }, (_, i) => (i % 4 === 0 ? 1 : 0) + random.normal(0, 0.35));
  for (let i = 0; i < plane; i++) {
    const [r, g, b] = [view[i] as number, view[plane + i] as number, view[2 * plane + i] as number];
    for (let c = 0; c < 3; c++) {
      const [x, y, z] = matrix.slice(3 * c, 3 * c + 3) as [number, number, number];
      view[c * plane + i] = clip(x * r + y * g + z * b);
    }
  }
}

/** Mean over 3 x 3 pixels, borders repeated, of each plane. */
function blurred(view: Planes, size: number): Planes {
  const out = new Float32Array(view.length);
  const inside = (i: number): number => Math.min(size - 1, Math.max(0, i));
  for (let plane = 0; plane < view.length; plane += size * size) {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        let sum = 0;
        for (let dy = -1; dy <= 1; dy++)
          for (let dx = -1; dx <= 1; dx++) sum += view[plane + inside(y + dy) * size + inside(x + dx)] as number;
        out[plane + y * size + x] = sum / 9;
      }
    }
  }
  return out;
}

/** A rectangle of a fifth to two fifths of the side, in one colour. */
function cutOut(view: Planes, size: number, random: Random): void {
  const side = (): number => Math.round(random.uniform(0.2, 0.4) * size);
  const [height, width] = [side(), side()];
  const [top, left] = [random.integer(size - height + 1), random.integer(size - width + 1)];
  for (let c = 0; c < 3; c++) {
    const colour = random.uniform(-1, 1);
    for (let y = top; y < top + height; y++) {
      const row = c * size * size + y * size + left;
      view.fill(colour, row, row + width);
    }
  }
}

/**
 * Changes a view [3, size, size] in [-1, 1] as if another hand had drawn it: colours mixed, contrast bent, softened or
 * with its borders drawn out, partly hidden. In place.
 */
export function renderHeavily(view: Planes, size: number, random: Random): void {
  if (random.chance(SHARES.mix)) mixChannels(view, random);
  if (random.chance(SHARES.contrast)) {
    const power = 2 ** random.uniform(-1, 1);
    view.forEach((x, i) => {
      view[i] = 2 * ((x + 1) / 2) ** power - 1;
    });
  }
  if (random.chance(SHARES.blur)) view.set(blurred(view, size));
  else if (random.chance(SHARES.edges)) {
    const amount = random.uniform(1, 3);
    const soft = blurred(view, size);
    view.forEach((x, i) => {
      view[i] = clip(x + amount * (x - (soft[i] as number)));
    });
  }
  if (random.chance(SHARES.cutout)) cutOut(view, size, random);
}
