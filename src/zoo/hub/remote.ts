/** The hub: what it says of a file before any of it is downloaded. */

import { readBody } from '../../files/body.ts';
import { networkReason } from '../../files/network-reason.ts';
import { HubError } from './errors.ts';
import { type ListedFile, type Listing, listRepository } from './listing.ts';
import { request } from './request.ts';
import type { HubSettings } from './settings.ts';
import { checkFileName, checkRepository, type FileSource, type RepositoryFile } from './source.ts';

/** What the bytes must hash to: large files by SHA-256, others by git's SHA-1 of a blob. */
export interface Checksum {
  readonly algorithm: 'sha256' | 'git-sha1';
  readonly hex: string;
}

export interface RemoteFile extends RepositoryFile {
  readonly address: string;
  readonly commit: string;
  /** Name in the cache's folder of blobs: the checksum, where the hub tells one. */
  readonly etag: string;
  readonly checksum: Checksum | undefined;
}

const REVISION = 'main';
/** Texts longer than this are not read into memory: an index of shards has 0.1 MB. */
const LARGEST_TEXT = 32e6;

export class Hub implements FileSource<RemoteFile> {
  private readonly settings: HubSettings;
  private readonly listings: Map<string, Promise<Listing | undefined>> = new Map();

  constructor(settings: HubSettings) {
    this.settings = settings;
  }

  async find(repository: string, name: string): Promise<RemoteFile | undefined> {
    checkRepository(repository);
    checkFileName(name);
    const listing = this.listings.get(repository) ?? listRepository(repository, REVISION, this.settings);
    this.listings.set(repository, listing);
    const listed = await listing;
    if (listed === undefined) return this.ask(repository, name);
    const file = listed.files.get(name);
    return file && this.file(repository, name, listed.commit, file);
  }

  async read(file: RemoteFile): Promise<string> {
    const what = `${file.repository}/${file.name}`;
    if (file.bytes > LARGEST_TEXT) throw new HubError(`${what} has ${file.bytes} bytes; expected a small file`);
    const response = await request(file.address, what, this.settings, { everywhere: true });
    if (!response.ok) throw new HubError(`${what}: the hub answers with ${response.status}`);
    const { silence: seconds } = this.settings;
    const bytes = await readBody(response, { bytes: LARGEST_TEXT, ...(seconds && { seconds }) }).catch((error) => {
      throw new HubError(`${what}: ${networkReason(error)}`);
    });
    return new TextDecoder().decode(bytes);
  }

  /** By the headers of the file itself: a mirror may serve files only. */
  private async ask(repository: string, name: string): Promise<RemoteFile | undefined> {
    const what = `${repository}/${name}`;
    const { status, headers } = await request(this.address(repository, name), what, this.settings, { method: 'HEAD' });
    if (status === 404) return undefined;
    if (status >= 400) throw new HubError(`${what}: the hub answers with ${status}`);
    const etag = (headers.get('x-linked-etag') ?? headers.get('etag') ?? '').replace(/^(W\/)?"?|"$/g, '');
    const bytes = Number(headers.get('x-linked-size') ?? headers.get('content-length') ?? Number.NaN);
    const large = /^[0-9a-f]{64}$/.test(etag);
    const listed = { bytes, oid: etag, ...(large && { sha256: etag }) };
    return this.file(repository, name, headers.get('x-repo-commit') ?? '', listed);
  }

  /** @throws HubError for what no hub says: it becomes part of paths */
  private file(repository: string, name: string, commit: string, { bytes, oid, sha256 }: ListedFile): RemoteFile {
    const etag = sha256 ?? oid;
    const sound =
      /^\w{1,64}$/.test(commit) && /^\w[\w.-]{0,127}$/.test(etag) && Number.isSafeInteger(bytes) && bytes >= 0;
    if (!sound) {
      const { host } = new URL(this.settings.endpoint);
      throw new HubError(`${repository}/${name}: ${host} tells no commit, size and checksum as a hub does`);
    }
    return {
      repository,
      name,
      bytes,
      commit,
      etag,
      checksum: checksumOf(etag),
      address: this.address(repository, name),
    };
  }

  private address(repository: string, name: string): string {
    const path = name.split('/').map(encodeURIComponent).join('/');
    return `${this.settings.endpoint}/${repository}/resolve/${REVISION}/${path}`;
  }
}

function checksumOf(etag: string): Checksum | undefined {
  if (/^[0-9a-f]{64}$/.test(etag)) return { algorithm: 'sha256', hex: etag };
  if (/^[0-9a-f]{40}$/.test(etag)) return { algorithm: 'git-sha1', hex: etag };
  return undefined;
}
