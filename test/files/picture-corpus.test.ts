import { describe, expect, it } from 'vitest';
import { outcomeOf, readCorpus } from '../support/picture-corpus.ts';

const REFUSED: Readonly<Record<string, string>> = {
  'arithmetic.jpg': 'is a JPEG, arithmetic-coded, which is not read',
  'jpeg-inside.bmp': 'is a BMP of 0 bits with compression JPEG, which is not read',
  'zstd.tif': 'is a TIFF compressed with Zstandard, which is not read',
  'lzma.tif': 'is a TIFF compressed with LZMA, which is not read',
  'webp.tif': 'is a TIFF compressed with WebP, which is not read',
  'group3.tif': 'is a TIFF compressed with CCITT fax group 3, which is not read',
  'group4.tif': 'is a TIFF compressed with CCITT fax group 4, which is not read',
  'tiff_ccitt.tif': 'is a TIFF compressed with CCITT RLE, which is not read',
  'f32-lzw-p3-big-endian.tif':
    'is a TIFF of big-endian floats with predictor 3, whose byte order differs from writer to writer, which is not read',
  'f32-zip-p3-big-endian.tif':
    'is a TIFF of big-endian floats with predictor 3, whose byte order differs from writer to writer, which is not read',
};

describe('a picture of another encoder', () => {
  const corpus = readCorpus();
  it('comes from a corpus of hundreds', () => expect(corpus.length).toBeGreaterThan(200));

  it.each(corpus)(
    '$name ($layout, $by) is read as Pillow reads it, or refused by what its header says',
    async (file) => {
      const refused = REFUSED[file.name];
      expect(await outcomeOf(file)).toEqual(refused === undefined ? 'read' : { refused });
    },
  );
});
