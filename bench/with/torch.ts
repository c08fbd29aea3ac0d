/** PyTorch in a process of its own, which times itself: pytorch.py answers a line for every line. */

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Timed } from '../measure.ts';

export interface TorchArray {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** What pytorch.py knows to do: with the arrays that it is given, in their order. */
export type TorchWork = 'matmul' | 'softmax' | 'layerNorm' | 'gelu' | 'blockForward' | 'blockStep';

const PROGRAM = fileURLToPath(new URL('pytorch.py', import.meta.url));

/** The version of torch behind a command for Python, null where there is none. */
export function torchVersion(python: string): string | null {
  const { status, stdout } = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

export class Torch {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;
  private readonly folder: string;

  constructor(child: ChildProcessWithoutNullStreams, lines: Interface, folder: string) {
    this.child = child;
    this.lines = lines[Symbol.asyncIterator]();
    this.folder = folder;
  }

  /** Prepares some work and does it once; gives its result. */
  async prepare(name: string, work: TorchWork, arrays: readonly TorchArray[], heads = 0): Promise<Float32Array> {
    const paths = await Promise.all(
      arrays.map(async ({ data }, i) => {
        const path = join(this.folder, `${i}.f32`);
        await writeFile(path, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
        return path;
      }),
    );
    const result = join(this.folder, 'result.f32');
    await this.ask({ name, work, paths, shapes: arrays.map(({ shape }) => shape), heads, result });
    const bytes = await readFile(result);
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  }

  /** Milliseconds for one of so many runs, by torch's own clock. */
  async time(name: string, runs: number): Promise<Timed> {
    return (await this.ask({ name, runs })) as Timed;
  }

  async close(): Promise<void> {
    this.child.stdin.end();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async ask(request: object): Promise<unknown> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error('the process of PyTorch ended');
    return JSON.parse(value);
  }
}

export async function openTorch(python: string): Promise<Torch> {
  const child = spawn(python, [PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit'],
  }) as unknown as ChildProcessWithoutNullStreams;
  const folder = await mkdtemp(join(tmpdir(), 'bench-torch-'));
  return new Torch(child, createInterface({ input: child.stdout }), folder);
}
