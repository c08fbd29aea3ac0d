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
}

/** HF_ENDPOINT, HF_HUB_CACHE (or HF_HOME/hub), HF_TOKEN. @throws HubError for values that cannot be meant */
export function hubSettings(environment: NodeJS.ProcessEnv): HubSettings {
  const { HF_ENDPOINT, HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME, HF_TOKEN } = environment;
  const endpoint = (HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
  if (!/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : ''))
    throw new HubError(`HF_ENDPOINT is ${JSON.stringify(endpoint)}; expected an address like https://huggingface.co`);
  const home = HF_HOME || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  const cache = expandHome(HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE || join(home, 'hub'));
  const token = HF_TOKEN?.trim();
  if (!token) return { endpoint, cache };
  // An HTTP header would refuse it in words that repeat it.
  if (/[^\x21-\x7e]/.test(token)) throw new HubError('HF_TOKEN holds characters that no token has');
  return { endpoint, cache, token };
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
