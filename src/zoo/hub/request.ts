/** One request to the hub: redirects followed by hand, so that the token goes nowhere else. */

import { type FetchBounds, fetchWithin } from '../../files/body.ts';
import { networkReason } from '../../files/network-reason.ts';
import { HubAccessError, HubError } from './errors.ts';
import type { HubSettings } from './settings.ts';

const MAX_REDIRECTS = 10;
const SECONDS_TO_ANSWER = 30;
const MAX_TRIES = 5;
const LONGEST_WAIT_SECONDS = 60;

export interface RequestOptions {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** Follow redirects to other hosts too: where the bytes of large files lie. */
  readonly everywhere?: boolean;
}

/**
 * Follows redirects on the hub's own host, to other hosts when asked to; the token is sent to the hub's host only.
 *
 * @param what is asked for, in words for errors
 * @throws HubError when no answer comes or the hub stays busy, HubAccessError for 401 and 403
 */
export async function request(
  address: string,
  what: string,
  settings: HubSettings,
  { method = 'GET', headers = {}, everywhere = false }: RequestOptions = {},
): Promise<Response> {
  const { endpoint, token } = settings;
  const home = new URL(endpoint).host;
  let url = new URL(address);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const atHome = url.host === home && url.protocol === new URL(endpoint).protocol;
    const response = await patientAnswer(url, what, settings, {
      method,
      redirect: 'manual',
      headers: {
        ...headers,
        'accept-encoding': 'identity', // sizes and ranges are those of the file
        'user-agent': 'glass-flamingo',
        ...(token !== undefined && atHome && { authorization: `Bearer ${token}` }),
      },
    });
    if (atHome && (response.status === 401 || response.status === 403)) {
      await response.body?.cancel();
      throw new HubAccessError(refusal(what, response, token !== undefined));
    }
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
    const followed = next !== undefined && isSafeAfter(next, url);
    if (followed && next.host !== home && !everywhere) return response;
    await response.body?.cancel();
    if (!followed) throw new HubError(`${what}: the hub redirects to no address`);
    url = next;
  }
  throw new HubError(`${what}: more than ${MAX_REDIRECTS} redirects`);
}

/** Neither with a name or a password, nor from a connection that is encrypted to one that isn't. */
function isSafeAfter({ protocol, username, password }: URL, before: URL): boolean {
  const encrypted = protocol === 'https:' || (protocol === 'http:' && before.protocol === 'http:');
  return encrypted && username === '' && password === '';
}

/** A busy hub (429, 503) is asked again, after the time it names. @throws HubError when it stays busy */
async function patientAnswer(url: URL, what: string, settings: HubSettings, options: FetchBounds): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const response = await answer(url, what, { seconds: settings.silence ?? SECONDS_TO_ANSWER, ...options });
    const { status, headers } = response;
    if (status !== 429 && status !== 503) return response;
    await response.body?.cancel();
    const wait = secondsToWait(headers.get('retry-after'), tries);
    if (tries === MAX_TRIES)
      throw new HubError(`${what}: ${url.host} is busy (${status}); the same command goes on later`);
    if (wait > 0) settings.waits?.({ what, host: url.host, status, seconds: wait, next: tries + 1, most: MAX_TRIES });
    await new Promise((done) => setTimeout(done, wait * 1000));
  }
}

/** Retry-After holds seconds or a date (RFC 9110, 10.2.3); without it every wait is twice the last. */
export function secondsToWait(retryAfter: string | null, tries: number): number {
  const text = retryAfter?.trim() ?? '';
  const named = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Math.min(LONGEST_WAIT_SECONDS, Math.max(0, Number.isNaN(named) ? 2 ** (tries - 1) : named));
}

async function answer(url: URL, what: string, options: FetchBounds): Promise<Response> {
  try {
    return await fetchWithin(url, options);
  } catch (error) {
    throw new HubError(`${what}: ${url.host} cannot be reached (${networkReason(error)})`);
  }
}

function refusal(what: string, { status, headers }: Response, hasToken: boolean): string {
  const gated = headers.get('x-error-code') === 'GatedRepo';
  const why = gated
    ? 'its owner wants to be asked first, on its page on the hub'
    : 'it is private or gated, or is not there';
  const advice = hasToken
    ? 'the token in HF_TOKEN gives no access to it'
    : 'set HF_TOKEN to an access token of your account';
  return `${what}: the hub refuses (${status}): ${why}; ${advice}`;
}
