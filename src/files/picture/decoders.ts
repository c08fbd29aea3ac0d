/** What a place must decode; everything else is read by this project's own readers, alike everywhere. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  /** RGBA with straight alpha, not turned. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

export type Decode = (bytes: Uint8Array<ArrayBuffer>) => Promise<Bitmap>;

export type Decoders = Readonly<Record<'JPEG' | 'CMYK' | 'WebP' | 'AVIF', Decode>>;
