/**
 * A model in a worker, so that a page stays quick while it thinks: `serveModel` in the worker's file, `openInWorker` in the
 * page's.
 *
 * @module
 */

export { openInWorker, RemoteModel, type RemoteOptions, RemotePrepared } from './zoo/remote/client.ts';
export type { Wire } from './zoo/remote/protocol.ts';
export { serveModel } from './zoo/remote/serve.ts';
