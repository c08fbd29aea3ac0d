/** The decoders that Node lacks: jimp's codec of CMYK, and the codecs of Squoosh in WebAssembly. Each is loaded when first needed. */

import { decodeInks } from './cmyk.ts';
import type { Bitmap, Decoders } from './decoders.ts';

type Load = () => Promise<(bytes: Uint8Array<ArrayBuffer>) => Promise<Bitmap>>;

/** Orientation is left to the caller. */
export const decodersTurn = false;

export const decoders: Decoders = {
  JPEG: once(async () => {
    const { default: decode, init } = await import('@jsquash/jpeg/decode.js');
    const start = init as (module: WebAssembly.Module, options: object) => Promise<void>; // as it is, not as it is typed
    // What it says of a damaged file would otherwise stand among the lines of whoever reads pictures.
    await start(await compile('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'), { print() {}, printErr() {} });
    return (bytes) => decode(bytes as unknown as ArrayBuffer, { preserveOrientation: false });
  }),
  CMYK: once(async () => {
    const { decode } = (await import('@jimp/js-jpeg')).default();
    const options = { maxResolutionInMP: 100, maxMemoryUsageInMB: 4096 };
    return (bytes) => decodeInks(bytes, async (inks) => (await decode(Buffer.from(inks), options)) as Bitmap);
  }),
  WebP: once(async () => {
    const { default: decode, init } = await import('@jsquash/webp/decode.js');
    await init(await compile('@jsquash/webp/codec/dec/webp_dec.wasm'));
    return (bytes) => decode(bytes as unknown as ArrayBuffer);
  }),
  AVIF: once(async () => {
    const { default: decode, init } = await import('@jsquash/avif/decode.js');
    await init(await compile('@jsquash/avif/codec/dec/avif_dec.wasm'));
    return async (bytes) => (await decode(bytes as unknown as ArrayBuffer)) as Bitmap;
  }),
};

function once(load: Load): (bytes: Uint8Array<ArrayBuffer>) => Promise<Bitmap> {
  let loaded: ReturnType<Load> | undefined;
  return async (bytes) => {
    loaded ??= load();
    return (await loaded)(bytes);
  };
}

async function compile(path: string): Promise<WebAssembly.Module> {
  const { readFile } = process.getBuiltinModule('node:fs/promises');
  const { createRequire } = process.getBuiltinModule('node:module');
  return WebAssembly.compile(new Uint8Array(await readFile(createRequire(import.meta.url).resolve(path))));
}
