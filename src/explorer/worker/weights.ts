/** The weights beside the page, with the bytes that have come so far. */

import { GlassFlamingoError } from '../../tensor/errors.ts';
import { WEIGHTS_FILES, type WeightsSource } from '../../zoo/open/weights.ts';

/** Weights that did not come, or not whole. */
export class DownloadError extends GlassFlamingoError {
  override name = 'DownloadError';
}

/** @throws DownloadError from `file` */
export function weightsAt(base: URL, progress: (loaded: number, all: number) => void): WeightsSource {
  return {
    file: async (name) => {
      const place = new URL(name, base);
      const response = await fetch(place).catch((error: unknown) => {
        throw new DownloadError(`${name} did not come: ${error instanceof Error ? error.message : error}`);
      });
      if (!response.ok) throw new DownloadError(`${name} is not there: the server says ${response.status}`);
      if (name !== WEIGHTS_FILES.model || !response.body) return new Uint8Array(await response.arrayBuffer());
      return whole(response.body, Number(response.headers.get('content-length') ?? 0), progress);
    },
  };
}

async function whole(
  body: ReadableStream<Uint8Array>,
  all: number,
  progress: (loaded: number, all: number) => void,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let loaded = 0;
  const reader = body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    loaded += part.value.length;
    progress(loaded, Math.max(all, loaded));
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
