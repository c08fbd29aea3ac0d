/** Answers and their bodies, with an end: neither endless bytes nor endless silence hold a reader up. */

import { concatBytes } from './bytes.ts';

/** A connection that brings nothing for so long is given up. */
export const SECONDS_OF_SILENCE = 60;
/** What has no size of its own is read into memory up to here. */
export const MOST_BYTES: number = 2 ** 31;

export interface BodyBounds {
  /** Most bytes that are taken; default 2 GiB. */
  readonly bytes?: number;
  /** Longest time without a byte; default 60. */
  readonly seconds?: number;
  /** Bytes that have come, and those that will have come; no fewer where the server does not say. */
  readonly progress?: (loaded: number, total: number) => void;
}

export interface FetchBounds extends Omit<RequestInit, 'signal'> {
  /** Longest time until the answer begins; default 60. */
  readonly seconds?: number | undefined;
  /** Ends the request, its body too. */
  readonly signal?: AbortSignal | undefined;
}

/** `fetch`, which by itself waits for an answer as long as the server likes. @throws Error that says for how long none came */
export async function fetchWithin(address: string | URL, bounds: FetchBounds = {}): Promise<Response> {
  const { seconds = SECONDS_OF_SILENCE, signal, ...init } = bounds;
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), seconds * 1000);
  try {
    const either = signal ? AbortSignal.any([signal, patience.signal]) : patience.signal;
    return await fetch(address, { ...init, signal: either });
  } catch (error) {
    signal?.throwIfAborted();
    if (patience.signal.aborted) throw new Error(`no answer within ${seconds} seconds`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The next piece of a body. @throws Error that says for how long nothing came */
export async function nextChunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  seconds: number = SECONDS_OF_SILENCE,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`silent for ${seconds} seconds`)), seconds * 1000);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } catch (error) {
    void reader.cancel().catch(() => {}); // the connection is closed, whatever it still holds
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The whole body. @throws Error for more bytes than expected, and for silence */
export async function readBody(
  { body, headers }: Response,
  { bytes = MOST_BYTES, seconds, progress }: BodyBounds = {},
): Promise<Uint8Array> {
  if (!body) return new Uint8Array(0);
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  // What a server packs for the way has another length here.
  const announced = headers.has('content-encoding') ? 0 : Number(headers.get('content-length') ?? 0);
  let length = 0;
  for (;;) {
    const { done, value } = await nextChunk(reader, seconds);
    if (done) break;
    chunks.push(value);
    length += value.length;
    progress?.(length, Math.max(announced, length));
    if (length > bytes) {
      void reader.cancel().catch(() => {});
      throw new Error(`more than ${bytes} bytes are sent`);
    }
  }
  return concatBytes(chunks);
}
