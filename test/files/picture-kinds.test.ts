/** Rarely seen kinds of each format, made here byte by byte: read as Pillow and browsers read them, or named. */
import { readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeInks } from '../../src/files/picture/cmyk.ts';
import { readPicture } from '../../src/files/picture/read.ts';
import { readFrames } from '../../src/model/image/frames.ts';

const corpus = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../fixtures/pictures/corpus/${name}`, import.meta.url)));
const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'latin1'));
const joined = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const big = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);

/** EXIF that says how to turn, as big-endian numbers of 32 bits. */
const turned = (orientation: number) =>
  joined(text('MM\0*'), big(8), [0, 1, 1, 18, 0, 4], big(1), big(orientation), big(0));

describe('a PNG', () => {
  const chunk = (type: string, data: Uint8Array | readonly number[]): Uint8Array => {
    const held = joined(text(type), data);
    return joined(big(data.length), held, big(crc32(held)));
  };
  const header = (width: number, height: number, depth: number, colour: number, methods = [0, 0, 0]) =>
    chunk('IHDR', [...big(width), ...big(height), depth, colour, ...methods]);
  const data = (...bytes: number[]) => chunk('IDAT', deflateSync(Uint8Array.from(bytes)));
  const png = (...chunks: Uint8Array[]) => joined(text('\x89PNG\r\n\x1a\n'), ...chunks, chunk('IEND', []));
  const pixels = async (file: Uint8Array) => [...(await readPicture(file, 'a.png')).rgba];
  const colours = chunk('PLTE', [10, 11, 12, 20, 21, 22]);

  it.each([
    ['with data behind its last row', png(header(1, 1, 8, 0), data(0, 7, 9, 9, 9)), [7, 7, 7, 255]],
    [
      'with an index beyond its palette',
      png(header(2, 1, 8, 3), colours, data(0, 1, 2)),
      [20, 21, 22, 255, 0, 0, 0, 255],
    ],
    [
      'with more alphas than colours',
      png(header(1, 1, 8, 3), colours, chunk('tRNS', [9, 8, 7]), data(0, 1)),
      [20, 21, 22, 8],
    ],
    [
      'with alphas before its colours',
      png(header(1, 1, 8, 3), chunk('tRNS', [9]), colours, data(0, 0)),
      [10, 11, 12, 9],
    ],
    [
      'with alpha beside a colour that is not there',
      png(header(1, 1, 8, 6), chunk('tRNS', [0, 1, 0, 2, 0, 3]), data(0, 1, 2, 3, 4)),
      [1, 2, 3, 4],
    ],
    [
      'of 2 bits with a value that is not there',
      png(header(2, 1, 2, 0), chunk('tRNS', [0, 2]), data(0, 0b10_01_0000)),
      [170, 170, 170, 0, 85, 85, 85, 255],
    ],
    [
      'of 16 bits near the colour that is not there',
      png(header(2, 1, 16, 0), chunk('tRNS', [5, 6]), data(0, 5, 6, 5, 7)),
      [5, 5, 5, 0, 5, 5, 5, 255],
    ],
  ])('%s is read', async (_, file, right) => expect(await pixels(file)).toEqual(right));

  it.each([
    ['behind its pixels', [data(0, 1, 2), chunk('eXIf', turned(6))]],
    ["behind JPEG's mark", [chunk('eXIf', joined(text('Exif\0\0'), turned(6))), data(0, 1, 2)]],
  ])('is turned by EXIF %s', async (_, chunks) => {
    expect((await readPicture(png(header(2, 1, 8, 0), ...chunks), 'a.png')).height).toBe(2);
  });

  it("of Xcode's kind is named", () =>
    expect(readPicture(png(chunk('CgBI', [80, 0, 32, 2]), header(1, 1, 8, 0)), 'a.png')).rejects.toThrow(
      'a.png is a PNG as Xcode packs it for telephones (CgBI), which is not read',
    ));

  const wrong = (file: Uint8Array, type: string) => {
    const at = Buffer.from(file).indexOf(type) - 4;
    const end = at + 11 + new DataView(file.buffer).getUint32(at);
    return file.map((byte, i) => (i === end ? byte ^ 1 : byte));
  };
  const sound = png(header(1, 1, 8, 3), colours, data(0, 1));
  it.each([
    ['a wrong checksum of its header', wrong(sound, 'IHDR'), 'the checksum of IHDR is wrong'],
    ['a wrong checksum of its colours', wrong(sound, 'PLTE'), 'the checksum of PLTE is wrong'],
    ['a wrong checksum of its pixels', wrong(sound, 'IDAT'), 'the checksum of IDAT is wrong'],
    ['3 bits', png(header(1, 1, 3, 0), data(0, 1)), '3 bits of colour type 0'],
    ['4 bits of red', png(header(1, 1, 4, 2), data(0, 1, 2)), '4 bits of colour type 2'],
    ['colour type 5', png(header(1, 1, 8, 5), data(0, 1)), '8 bits of colour type 5'],
    ['an unknown interlacing', png(header(1, 1, 8, 0, [0, 0, 2]), data(0, 1)), 'methods 0, 0 and 2'],
    ['an unknown filter', png(header(1, 1, 8, 0), data(7, 1)), 'a row has filter 7'],
    ['no colours for its indices', png(header(1, 1, 8, 3), data(0, 1)), 'no palette'],
  ])('of %s is refused by that', (_, file, why) =>
    expect(readPicture(file, 'a.png')).rejects.toThrow(`is a cut or damaged PNG (${why})`),
  );
});

describe('a JPEG', () => {
  it('is turned by EXIF whose number has 32 bits', async () => {
    const plain = corpus('baseline-444.jpg');
    const exif = joined(text('Exif\0\0'), turned(6));
    const file = joined(plain.subarray(0, 2), [0xff, 0xe1, 0, exif.length + 2], exif, plain.subarray(2));
    expect((await readPicture(file, 'a.jpg')).width).toBe((await readPicture(plain, 'b.jpg')).height);
  });

  it('whose height stands behind its pixels is named', () => {
    const file = corpus('baseline-444.jpg');
    const frame = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xc0);
    file.fill(0, frame + 5, frame + 7);
    return expect(readPicture(file, 'a.jpg')).rejects.toThrow(
      'a.jpg is a JPEG whose height stands behind its pixels (DNL)',
    );
  });

  it('of the lossless kind is named', () =>
    expect(
      readPicture(Uint8Array.of(0xff, 0xd8, 0xff, 0xf7, 0, 11, 8, 0, 1, 0, 1, 1, 1, 17, 0, 0xff, 0xd9), 'a.jls'),
    ).rejects.toThrow('a.jls is a JPEG-LS, which is not read'));

  it.each([2, 3])('of inks is read alike where it defines the table %i, which none of them uses', async (table) => {
    const plain = corpus('magick-cmyk-2x2.jpg');
    const frame = plain.findIndex((byte, i) => byte === 0xff && plain[i + 1] === 0xc0);
    const unused = [0xff, 0xdb, 0, 67, table, ...new Array<number>(64).fill(16)];
    const file = joined(plain.subarray(0, frame), unused, plain.subarray(frame));
    expect(await readPicture(file, 'a.jpg')).toEqual(await readPicture(plain, 'a.jpg'));
  });

  it('of inks repeats samples of which there are a quarter, up to the last pixel', async () => {
    const adobe = joined([0xff, 0xee, 0, 14], text('Adobe'), [0, 100, 0, 0, 0, 0, 0]);
    const frame = [0xff, 0xc0, 0, 20, 8, 0, 1, 0, 9, 4, 1, 0x41, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x41, 0];
    const file = joined([0xff, 0xd8], adobe, frame, [0xff, 0xda, 0, 2, 0xff, 0xd9]);
    const shown = [20, 20, 20, 20, 60, 60, 60, 60, 100];
    const decode = async () => ({ width: 9, height: 1, data: Uint8Array.from(shown.flatMap((m) => [m, m, m, 255])) });
    const { data } = await decodeInks(file as Uint8Array<ArrayBuffer>, decode);
    const magenta = shown.map((_, i) => data[i * 4 + 1] as number);
    expect(magenta.map((one, i) => one === magenta[i - 1])).toEqual(shown.map((one, i) => one === shown[i - 1]));
  });
});

describe('a TIFF', () => {
  /** A file of the corpus in which some tags say something else; a tag can take another one's place. */
  function changed(name: string, tags: Readonly<Record<number, readonly [tag: number, value: number]>>): Uint8Array {
    const file = corpus(name);
    const view = new DataView(file.buffer);
    const start = view.getUint32(4, true);
    for (let at = start + 2; at < start + 2 + 12 * view.getUint16(start, true); at += 12) {
      const [tag, value] = tags[view.getUint16(at, true)] ?? [];
      if (tag === undefined || value === undefined) continue;
      for (const [i, number] of [tag, 3].entries()) view.setUint16(at + 2 * i, number, true);
      view.setUint32(at + 4, 1, true);
      view.setUint32(at + 8, value, true);
    }
    return file;
  }

  it('of JPEG keeps the order of its bits', async () => {
    const right = await readPicture(corpus('l-jpeg.tif'), 'right.tif');
    expect(await readPicture(changed('l-jpeg.tif', { 284: [266, 2] }), 'a.tif')).toEqual(right);
  });

  it.each([
    [
      'a palette of 16 bits',
      changed('i16-raw.tif', { 262: [262, 3] }),
      'is a TIFF of 16 bits with a palette, which is not read',
    ],
    ['PNG inside', changed('l-raw.tif', { 259: [259, 34933] }), 'is a TIFF compressed with PNG, which is not read'],
    [
      'an empty strip',
      changed('l-raw.tif', { 279: [279, 0] }),
      'is a cut or damaged TIFF (a strip or tile is missing)',
    ],
    [
      'a short strip',
      changed('l-raw.tif', { 279: [279, 100] }),
      'is a cut or damaged TIFF (pixels are missing (100 of 273 bytes))',
    ],
  ])('of %s is refused by that', (_, file, why) => expect(readPicture(file, 'a.tif')).rejects.toThrow(`a.tif ${why}`));

  it.each([
    ['nothing', { 338: [339, 1] }],
    ["a kind of another program's", { 338: [338, 999] }],
  ] as const)('whose fourth sample is said to be %s has alpha in it, as Pillow takes it', async (_, tags) => {
    expect(await readPicture(changed('rgba-raw.tif', tags), 'a.tif')).toEqual(
      await readPicture(corpus('rgba-raw.tif'), 'a.tif'),
    );
  });

  it.each([
    ['colours', changed('l-raw.tif', { 262: [339, 1] }), 'does not say what its samples mean (tag 262)'],
    [
      'its second sample',
      changed('la-raw.tif', { 338: [339, 1] }),
      'in 2 samples a pixel, of kinds that it does not say',
    ],
  ])('that does not tell %s is refused by that', (_, file, why) =>
    expect(readPicture(file, 'a.tif')).rejects.toThrow(`${why}, which is not read`),
  );

  it('of LZW as it was before TIFF 6 is named', () => {
    const file = corpus('l-lzw.tif');
    const view = new DataView(file.buffer);
    const start = view.getUint32(4, true);
    for (let at = start + 2; at < start + 2 + 12 * view.getUint16(start, true); at += 12)
      if (view.getUint16(at, true) === 273) file.set([0, 1], view.getUint32(at + 8, true));
    return expect(readPicture(file, 'a.tif')).rejects.toThrow('is a TIFF compressed with LZW of the old style, which');
  });
});

describe('a BMP', () => {
  it.each([16, 24, 36, 48, 60])('of OS/2 with a header of %i bytes is read', async (length) => {
    const file = new Uint8Array(14 + length + 8 + 4);
    const view = new DataView(file.buffer);
    file.set(text('BM'));
    for (const [at, value] of [
      [10, 14 + length + 8],
      [14, length],
      [18, 1],
      [22, 1],
    ] as const)
      view.setUint32(at, value, true);
    for (const [at, value] of [
      [26, 1],
      [28, 1],
    ] as const)
      view.setUint16(at, value, true);
    file.set([0, 0, 0, 0, 3, 2, 1, 0, 0x80], 14 + length);
    expect([...(await readPicture(file, 'a.bmp')).rgba]).toEqual([1, 2, 3, 255]);
  });

  it('does not begin as a letter does', () =>
    expect(readPicture(text('BMW drivers (2019, all of them) met again.'), 'a.txt')).rejects.toThrow('is text'));
});

describe('a GIF', () => {
  /** One row of pixels in codes of 3 bits: clear, two pixels, the end. */
  const gif = (flags: number, width: number) =>
    joined(
      text('GIF89a'),
      [width, 0, 1, 0, flags, 0, 0],
      flags ? [1, 2, 3, 4, 5, 6] : [],
      [0x2c, 0, 0, 0, 0, width, 0, 1, 0, 0],
      [2, 2, 0b01_000_100, 0b1010, 0, 0x3b],
    );

  it('of colours is read', async () =>
    expect([...(await readPicture(gif(0x80, 2), 'a.gif')).rgba]).toEqual([1, 2, 3, 255, 4, 5, 6, 255]));
  it.each([
    ['no colours', gif(0, 2), /a\.gif is a (?:damaged )?GIF without colours, which is not read/],
    ['too few pixels', gif(0x80, 3), /a\.gif is a (?:cut or )?damaged GIF \(pixels are missing \(2 of 3 bytes\)\)/],
  ])('of %s is refused by that, frame by frame too', async (_, file, why) => {
    await expect(readPicture(file, 'a.gif')).rejects.toThrow(why);
    await expect(readFrames(file, 'a.gif')).rejects.toThrow(why);
  });
});

describe('an animated WebP', () => {
  const still = corpus('pillow-rgba-lossless.webp');
  const pixels = still.subarray(Buffer.from(still).indexOf('VP8L'));
  const three = (value: number) => [value & 255, value >> 8, 0];
  const chunk = (type: string, data: Uint8Array | readonly number[]) =>
    joined(text(type), new Uint8Array(Uint32Array.of(data.length).buffer), data, new Uint8Array(data.length % 2));
  const frame = (left: number, top: number, [width, height] = [21, 13]) =>
    chunk('ANMF', joined(...[left / 2, top / 2, width - 1, height - 1].map(three), [50, 0, 0, 0], pixels));
  const animation = (width: number, height: number, ...frames: Uint8Array[]) => {
    const canvas = chunk('VP8X', [2, 0, 0, 0, ...three(width - 1), ...three(height - 1)]);
    return chunk('RIFF', joined(text('WEBP'), canvas, chunk('ANIM', new Uint8Array(6)), ...frames));
  };

  it('gives its first frame where it lies on the canvas, and says so', async () => {
    const [first, right] = [animation(30, 20, frame(4, 6), frame(0, 0)), await readPicture(still, 'still.webp')];
    const { width, height, rgba, notes } = await readPicture(first, 'a.webp');
    expect([width, height, notes]).toEqual([30, 20, ['a.webp is an animation: only its first picture is looked at']]);
    const at = (x: number, y: number) => [...rgba.subarray((y * 30 + x) * 4, (y * 30 + x + 1) * 4)];
    for (const [x, y] of [
      [0, 0],
      [20, 12],
    ] as const)
      expect(at(4 + x, 6 + y)).toEqual([...right.rgba.subarray((y * 21 + x) * 4, (y * 21 + x + 1) * 4)]);
    for (const [x, y] of [
      [3, 6],
      [25, 18],
      [29, 19],
    ] as const)
      expect(at(x, y)).toEqual([0, 0, 0, 0]);
  });

  it('of one frame moves no more than another picture, and nothing is said of it', async () =>
    expect((await readPicture(animation(21, 13, frame(0, 0)), 'a.webp')).notes).toEqual([]));

  it.each([
    ['a frame beside the canvas', animation(22, 14, frame(4, 6)), 'its pixels are 21 x 13, not 22 x 14'],
    ['a frame of other pixels', animation(30, 20, frame(4, 6, [8, 8])), 'its pixels are 21 x 13, not 8 x 8'],
  ])('of %s is refused by that', (_, file, why) => expect(readPicture(file, 'a.webp')).rejects.toThrow(why));
});

describe('a file that is cut', () => {
  const names = ['apng.png', 'profile.png', 'baseline-444.jpg', 'cmyk.jpg', 'two.gif', 'core.bmp', 'v-124-bgra.bmp'];
  it.each([...names, 'l-jpeg.tif', 'l-lzw.tif', 'animated.webp', 'cwebp-alpha.webp', 'avifenc-422-8.avif'])(
    '%s says so in words of our own, wherever that is',
    async (name) => {
      const file = corpus(name);
      for (let end = 12; end < Math.min(file.length, 300); end += 5)
        await readPicture(file.slice(0, end), name).catch(({ message }: Error) =>
          expect(message).not.toMatch(/DataView|bounds|undefined|null|NaN/),
        );
    },
  );
});

describe('a file in no format that is read', () => {
  const zeros = '\0'.repeat(64);
  it.each([
    ['P6 4 4 255\n', 'is Netpbm (PPM, PGM, PBM, PAM)'],
    ['P5#made by hand\n4 4 255\n', 'is Netpbm (PPM, PGM, PBM, PAM)'],
    ['PF\n4 4\n-1.0\n', 'is Netpbm (PPM, PGM, PBM, PAM)'],
    [`\0\0\x0a${'\0'.repeat(9)}\x04\0\x04\0\x18\0${zeros}`, 'is Targa (TGA)'],
    [`\x01\x01\x01${'\0'.repeat(9)}\x04\0\x04\0\x08\x20${zeros}`, 'is Targa (TGA)'],
    [`${zeros}TRUEVISION-XFILE.\0`, 'is Targa (TGA)'],
    [`\0\0\x02\0\x01\0${zeros}`, 'is a Windows cursor (CUR)'],
    ['%!PS-Adobe-3.0 EPSF-3.0\n', 'is PostScript (EPS)'],
    [`BA\x28${'\0'.repeat(11)}BM${zeros}`, 'is an OS/2 bitmap array'],
    ['/* XPM */\nstatic char *a[] = {', 'is XPM'],
    ['#define a_width 4\n#define a_height 4\n', 'is XBM'],
    [`\0\0\0\x18ftypheif\0\0\0\0mif2miaf${zeros}`, 'is HEIC'],
    [`\0\0\0\x18ftypisom\0\0\0\0isommp42${zeros}`, 'is a video (MP4, MOV)'],
    [`\x1a\x45\xdf\xa3${zeros}`, 'is a video (WebM, MKV)'],
    [`RIFF\0\0\0\0AVI ${zeros}`, 'is a video (AVI)'],
    [`\0\0\0\x18ftypcrx \0\0\0\x01crx isom${zeros}`, 'is a camera raw file'],
    [`\x0a\x03\x01\x01${zeros}`, 'is PCX'],
  ])('is named by how it begins: %j', (start, why) =>
    expect(readPicture(text(start), 'a.bin')).rejects.toThrow(`a.bin ${why}, which cannot be read`),
  );

  const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';
  it.each([
    [
      'an SVG behind a long comment',
      text(`<?xml version="1.0"?>\n<!-- ${'long '.repeat(2000)}-->\n${svg}`),
      'is an SVG drawing',
    ],
    ['an SVG of UTF-16', joined([0xff, 0xfe], Buffer.from(svg, 'utf16le')), 'is an SVG drawing'],
    ['an SVG with a prefix', text('<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>'), 'is an SVG drawing'],
    [
      'a web page with a drawing',
      text(`<!DOCTYPE html><html><body>404 ${svg}</body></html>`),
      'is a web page, not a picture',
    ],
    [
      'a pointer of Git LFS',
      text('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n'),
      'is a pointer of Git LFS',
    ],
    ['words that begin as an OS/2 bitmap array does', text('BANANA\nBAR\n'), 'is text, not a picture'],
    ['a packed drawing', joined([0x1f, 0x8b, 8], text(zeros)), 'is a packed file, not a picture'],
  ])('tells %s', (_, file, why) => expect(readPicture(file, 'a.svg')).rejects.toThrow(`a.svg ${why}`));

  it('is converted by a command that a shell takes as it is meant', async () => {
    const heic = text(`\0\0\0\x18ftypheic\0\0\0\0mif1heic${zeros}`);
    await expect(readPicture(heic, 'my $5 cat.HEIC')).rejects.toThrow(
      '`heif-convert "my \\$5 cat.HEIC" "my \\$5 cat.png"`',
    );
    await expect(readPicture(text(`\x1a\x45\xdf\xa3${zeros}`), 'a b.webm')).rejects.toThrow(
      '`ffmpeg -i "a b.webm" "a b.gif"`',
    );
    await expect(readPicture(text(`qoif${zeros}`), 'a b.PNG')).rejects.toThrow(
      '`magick "a b.PNG[0]" -auto-orient "a b-still.png"`',
    );
  });
});
