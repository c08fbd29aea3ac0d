import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Picture, type PictureSource, readPicture } from '../../src/flamingo.ts';
import {
  gateEffects,
  greySquare,
  occlusionMap,
  overlayPng,
  PATCH_MAP_TAPS,
  seenSquare,
  spreadOf,
  tokenOverlays,
  ViewError,
  wordOverlays,
  wordPatchMap,
} from '../../src/inspect/index.ts';
import { type Tensor, tensor } from '../../src/tensor/index.ts';
import { grid, lastNumber, panels, shapes } from './read-svg.ts';
import { shippedPrompt } from './support.ts';

const { model, prompt, tokens } = await shippedPrompt();
const load = async (image: PictureSource): Promise<Picture> => readPicture(await readFile(image as URL), 'a picture');
const { preprocessing } = model.config;
const squares = await Promise.all(
  prompt.sequence
    .flatMap((item) => ('image' in item ? [load(item.image)] : []))
    .map(async (picture) => greySquare(await picture, preprocessing, 64)),
);

describe('an occlusion map', () => {
  const logProbability = (logits: Float32Array, id: number): number => {
    const last = logits.slice(-1536);
    return (last[id] as number) - Math.log(last.reduce((sum, logit) => sum + Math.exp(logit), 0));
  };

  it('is the change in log-probability when a square of the pixels is 0', async () => {
    const id = model.tokenizer.encode('cactus')[0] as number;
    const map = await occlusionMap(model, prompt, { image: 1, id, rows: 2, columns: 3 });
    expect(map).toMatchObject({ image: 1, id, token: model.tokenizer.token(id), rows: 2, columns: 3 });
    const run = async (cover?: (c: number, y: number, x: number) => boolean): Promise<number> => {
      const apply = (x: Tensor): Tensor => {
        const mask = Float32Array.from({ length: 3 * 3 * 32 * 32 }, (_, i) => {
          const [picture, c, y, column] = [
            Math.floor(i / 3072),
            Math.floor(i / 1024) % 3,
            Math.floor(i / 32) % 32,
            i % 32,
          ];
          return picture === 1 && cover?.(c as number, y as number, column as number) ? 0 : 1;
        });
        return x.mul(tensor(x.device, mask, [3, 3, 32, 32]));
      };
      const { data } = (await model.run(prompt, { capture: ['logits'], edit: [{ at: 'vision.pixels', apply }] })).get(
        'logits',
      );
      return logProbability(data, id);
    };
    const whole = await run();
    expect(map.logProbability).toBeCloseTo(whole, 4);
    // The lower middle: rows 16 to 31, columns 11 to 20.
    const covered = await run((_, y, x) => y >= 16 && x >= 11 && x < 21);
    expect(map.changes[4]).toBeCloseTo(covered - whole, 4);
    expect(Math.abs(covered - whole)).toBeGreaterThan(0.01);
  });

  it('watches the likeliest token of the last picture, on the grid of patches, when nothing else is said', async () => {
    const live = model.device.liveTensors;
    const map = await occlusionMap(model, prompt);
    expect(map).toMatchObject({ image: 2, position: -1, rows: 4, columns: 4 });
    const answer = await model.answer(prompt);
    expect(map.id).toBe(answer.ids[0]);
    expect(Math.exp(map.logProbability)).toBeCloseTo(answer.run.next?.probabilities[map.id] as number, 4);
    expect(Math.min(...map.changes)).toBeLessThan(-0.1);
    expect(model.device.liveTensors).toBeLessThanOrEqual(live);
  });

  it('leaves pictures that the position does not see without effect', async () => {
    const map = await occlusionMap(model, prompt, { image: 2, position: 3, rows: 1, columns: 1 });
    expect(map.changes).toEqual([0]);
  });

  it('reads a prompt once, as gate effects do after their answer', async () => {
    let count = 0;
    const prepare: typeof model.prepare = (...asked) => {
      count++;
      return model.prepare(...asked);
    };
    const { config, tokenizer } = model;
    const live = model.device.liveTensors;
    await occlusionMap({ config, tokenizer, prepare }, prompt, { rows: 1, columns: 2 });
    expect(count).toBe(1);
    await gateEffects({ prepare }, { sequence: prompt.sequence.slice(-2), generate: { maxTokens: 1 } });
    expect(count).toBe(3);
    expect(model.device.liveTensors).toBeLessThanOrEqual(live);
  });

  it('refuses what is not there', async () => {
    await expect(occlusionMap(model, prompt, { image: 3 })).rejects.toThrow("picture 3 of 'the prompt'");
    await expect(occlusionMap(model, prompt, { id: 1536 })).rejects.toThrow(ViewError);
    await expect(occlusionMap(model, { sequence: [{ text: 'name :' }] })).rejects.toThrow('no picture to cover');
  });
});

describe('overlays as PNG', () => {
  const white: Picture = { width: 12, height: 8, rgba: new Uint8Array(12 * 8 * 4).fill(255), notes: [] };

  it('cover each cell with the colour of its sign, by its share of the largest', async () => {
    const values = [0, 0.5, -1, 0.25, -0.1, 1];
    const picture = await readPicture(await overlayPng(white, { rows: 2, columns: 3, values }), 'the overlay');
    expect([picture.width, picture.height]).toEqual([12, 8]);
    values.forEach((value, cell) => {
      const [x, y] = [(cell % 3) * 4 + 3, Math.floor(cell / 3) * 4 + 3];
      const [red, , blue] = picture.rgba.slice(4 * (y * 12 + x), 4 * (y * 12 + x) + 3) as unknown as [
        number,
        number,
        number,
      ];
      // On white: 255 - share x (255 - hue), for blue (0, 114, 178) and orange (213, 94, 0).
      const share = value < 0 ? (255 - blue) / 255 : (255 - red) / 255;
      expect(share / 0.75).toBeCloseTo(Math.abs(value), 2);
      if (value < 0) expect(red).toBeGreaterThan(blue);
      if (value > 0) expect(blue).toBeGreaterThan(red);
    });
  });

  it('share a scale when that is asked, and refuse another number of values', async () => {
    const half = await readPicture(await overlayPng(white, { rows: 1, columns: 1, values: [1] }, 2), 'the overlay');
    expect(half.rgba[0]).toBe(Math.round(255 * (1 - 0.375)));
    expect(() => overlayPng(white, { rows: 2, columns: 2, values: [1] })).toThrow('1 values for a grid of 2 x 2');
  });

  it('lie on the square that the model sees', () => {
    const wide: Picture = {
      width: 4,
      height: 2,
      rgba: Uint8Array.from({ length: 32 }, (_, i) => [200, 100, 50, 255][i % 4] as number),
      notes: [],
    };
    const square = greySquare(wide, preprocessing, 40);
    const grey = (x: number, y: number): number => square.rgba[4 * (y * 40 + x)] as number;
    expect(grey(20, 20)).toBe(Math.round(0.299 * 200 + 0.587 * 100 + 0.114 * 50));
    expect(grey(20, 2)).toBe(255); // padded with white, as the shipped model's pictures are
    expect(grey(20, 38)).toBe(255);
  });
});

describe('overlays of tokens', async () => {
  const run = await model.run(prompt, { capture: PATCH_MAP_TAPS });
  const maps = [0, 10, 17].map((token) => wordPatchMap(run, token, { rows: 4, columns: 4 }));
  const occlusion = await occlusionMap(model, prompt);

  it('draw every share over the picture that the token sees, all on one scale', async () => {
    const drawn = panels(
      await tokenOverlays(
        maps.map((map) => ({ map })),
        { tokens, pictures: squares },
      ),
    );
    const shares = maps.map(({ images }) => images[0]?.patches ?? []);
    const range = (of: readonly number[]): string => {
      const [least, most] = [Math.min(...of), Math.max(...of)].map((share) => `${(100 * share).toFixed(1)}%`);
      return `${least}–${most}${spreadOf(of).even ? ', even' : ''}`;
    };
    expect(drawn.map((panel) => panel.querySelector('text')?.textContent)).toEqual([
      '0 <BOS>',
      '10 : · image 1',
      '17 : · image 2',
    ]);
    for (const i of [1, 2]) expect(drawn[i]?.querySelectorAll('text')[1]?.textContent).toBe(range(shares[i] ?? []));
    const cells = drawn.map((panel) => grid(shapes(panel, 'g[aria-label="cell"] rect')).flat());
    expect(cells[0]?.map(({ fill }) => fill)).toEqual(['url(#glass-hatched)']);
    const deviation = (i: number, patch: number): number => {
      const of = shares[i] ?? [];
      return (of[patch] as number) / (of.reduce((sum, share) => sum + share, 0) / of.length) - 1;
    };
    const deviations = [1, 2].flatMap((i) => shares[i]?.map((_, patch) => Math.abs(deviation(i, patch))) ?? []);
    const largest = Math.max(1, ...deviations);
    [1, 2].forEach((i) => {
      expect(cells[i]).toHaveLength(16);
      cells[i]?.forEach((cell, patch) => {
        expect(cell.opacity / 0.75).toBeCloseTo(Math.abs(deviation(i, patch)) / largest, 3);
        expect(cell.fill).toBe(`var(--${deviation(i, patch) < 0 ? 'negative' : 'heat'})`);
        expect(lastNumber(cell.title)).toBeCloseTo(shares[i]?.[patch] as number, 3);
      });
    });
    expect(drawn[0]?.querySelector('image')).toBeNull();
    for (const i of [1, 2]) {
      const href = drawn[i]?.querySelector('image')?.getAttribute('href') ?? '';
      const bytes = Buffer.from(href.replace('data:image/png;base64,', ''), 'base64');
      expect((await readPicture(bytes, 'it')).rgba).toEqual(squares[i]?.rgba);
    }
  });

  it('draw before it what covering changes, sign kept', async () => {
    const overlay = { map: maps[2] as (typeof maps)[number], occlusion };
    const svg = await tokenOverlays([overlay], { tokens, pictures: squares });
    const cells = grid(shapes(panels(svg)[0] as Element, 'g[aria-label="cell"] rect')).flat();
    const largest = Math.max(...occlusion.changes.map(Math.abs));
    cells.forEach((cell, square) => {
      const change = occlusion.changes[square] as number;
      expect(cell.fill).toBe(`var(--${change < 0 ? 'negative' : 'heat'})`);
      expect(cell.opacity / 0.75).toBeCloseTo(Math.abs(change) / largest, 3);
      expect(lastNumber(cell.title)).toBeCloseTo(change, 3);
    });
    expect(svg).toContain('Attention is not attribution');
    expect(svg).toContain(`covered: less likely: −${largest.toFixed(2)}`);
    expect(await tokenOverlays([overlay], { tokens, pictures: squares, lang: 'ko' })).toContain(
      '어텐션이 곧 원인은 아니에요',
    );
  });

  it('stand under each word of an answer, with what covering changes before it', async () => {
    const words = [
      { text: 'first', ids: [1], map: maps[1] as (typeof maps)[number], occlusions: [] },
      { text: 'second', ids: [2], map: maps[2] as (typeof maps)[number], occlusions: [occlusion] },
    ];
    const drawn = panels(await wordOverlays(words, squares));
    expect(drawn.map((panel) => panel.querySelector('text')?.textContent)).toEqual([
      '0 first · image 1',
      '1 second · covered',
      'attention',
    ]);
    const numbers = [maps[1]?.images[0]?.patches, occlusion.changes, maps[2]?.images[0]?.patches];
    drawn.forEach((panel, i) => {
      const cells = grid(shapes(panel, 'g[aria-label="cell"] rect')).flat();
      expect(cells).toHaveLength(numbers[i]?.length as number);
      cells.forEach(({ title }, j) => {
        expect(lastNumber(title)).toBeCloseTo(numbers[i]?.[j] as number, 3);
      });
    });
  });

  it('stand on the square that the model sees, in its colours or in grey', async () => {
    const plain = {
      width: 2,
      height: 2,
      rgba: Uint8Array.from({ length: 16 }, (_, i) => [200, 100, 50, 255][i % 4] as number),
      notes: [],
    };
    const seen = seenSquare(plain, preprocessing);
    expect(seen).toMatchObject({ width: preprocessing.size, height: preprocessing.size });
    expect(Array.from(seen.rgba.slice(-4))).toEqual([200, 100, 50, 255]);
    const [red, green, blue] = greySquare(plain, preprocessing).rgba;
    expect([green, blue]).toEqual([red, red]);
  });

  it('say of a map whether it is even', () => {
    expect(spreadOf([0.1, 0.1, 0.1, 0.1])).toEqual({ least: 0.1, most: 0.1, even: true, fromEven: [0, 0, 0, 0] });
    expect(spreadOf([0, 0, 0, 0])).toMatchObject({ even: true, fromEven: [0, 0, 0, 0] });
    expect(spreadOf([0.05, 0.15])).toMatchObject({ least: 0.05, most: 0.15, even: true });
    const [less, more] = spreadOf([0.04, 0.16]).fromEven as [number, number];
    expect([less, more].map((value) => value.toFixed(3))).toEqual(['-0.600', '0.600']);
    expect(spreadOf([0.04, 0.16]).even).toBe(false);
  });

  it('want a picture for each image', async () => {
    const overlays = [{ map: maps[2] as (typeof maps)[number] }];
    await expect(tokenOverlays(overlays, { tokens, pictures: squares.slice(0, 2) })).rejects.toThrow(
      'image 2 has no picture',
    );
  });
});
