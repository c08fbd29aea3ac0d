/** The environment variables of huggingface_hub, read the same way. */

import { HubError } from './errors.ts';

const { homedir } = process.getBuiltinModule('node:os');
const { join } = process.getBuiltinModule('node:path');

export interface HubSettings {
  /** Without a slash at the end. */
  readonly endpoint: string;
  /** Folder of the cache: `models--owner--name` and so on. */
  readonly cache: string;
  /** Sent to the endpoint only, and never shown. */
  readonly token?: string;
  /** Seconds without a byte after which a connection is given up; 60 unless told, and 30 until an answer begins. */
  readonly silence?: number;
  /** Told when a busy hub is waited for. */
  readonly waits?: (wait: HubWait) => void;
}

/** What a busy hub is waited for, and how long. */
export interface HubWait {
  /** What was asked for. */
  readonly what: string;
  readonly host: string;
  /** 429 or 503. */
  readonly status: number;
  readonly seconds: number;
  /** The try that comes then, of so many. */
  readonly next: number;
  readonly most: number;
}

/** HF_ENDPOINT, HF_HUB_CACHE (or HF_HOME/hub), HF_TOKEN, HF_HUB_DOWNLOAD_TIMEOUT. @throws HubError for values that cannot be meant */
export function hubSettings(environment: NodeJS.ProcessEnv): HubSettings {
  const { HF_ENDPOINT, HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME, HF_TOKEN } = environment;
  const endpoint = (HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
  // The value is not repeated: it may hold a password.
  if (endpoint.includes('@'))
    throw new HubError('HF_ENDPOINT holds a name or a password (user:password@); put an access token in HF_TOKEN');
  if (/[?#]/.test(endpoint))
    throw new HubError(
      'HF_ENDPOINT holds a question (?) or a fragment (#); expected an address like https://huggingface.co',
    );
  if (!/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : ''))
    throw new HubError(`HF_ENDPOINT is ${JSON.stringify(endpoint)}; expected an address like https://huggingface.co`);
  const home = HF_HOME || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  const cache = expandHome(HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE || join(home, 'hub'));
  const silence = seconds(environment.HF_HUB_DOWNLOAD_TIMEOUT);
  const token = HF_TOKEN?.trim();
  if (!token) return { endpoint, cache, ...silence };
  // An HTTP header would refuse it in words that repeat it.
  if (/[^\x21-\x7e]/.test(token)) throw new HubError('HF_TOKEN holds characters that no token has');
  return { endpoint, cache, ...silence, token };
}

function seconds(text: string | undefined): Pick<HubSettings, 'silence'> {
  if (!text) return {};
  const silence = Number(text);
  if (!(silence > 0 && silence <= 86_400))
    throw new HubError(`HF_HUB_DOWNLOAD_TIMEOUT is ${JSON.stringify(text)}; expected seconds, above 0 and up to 86400`);
  return { silence };
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
