/** One engine for each set of weights that the page can run: as shipped, trained here, or of a step of the shipped run. */

import { openSafetensors } from '../../files/safetensors.ts';
import { Flamingo } from '../../flamingo/flamingo.ts';
import { compareRuns, exceeds } from '../../inspect/divergence.ts';
import { ViewError } from '../../inspect/recorded.ts';
import { Model } from '../../model/model.ts';
import { scope, type Tensor, tensor } from '../../tensor/index.ts';
import type { AnswerView, CompareView, RunView, Views, Want } from '../protocol.ts';
import type { Request } from '../state.ts';
import { Engine, type Pictures, type Watching } from './engine.ts';
import { partOf, runView } from './run-log.ts';

/** Files beside the weights. */
export interface Files {
  /** Null where there is none. */
  readonly read: (name: string) => Promise<Uint8Array | null>;
  readonly has: (name: string) => Promise<boolean>;
}

export class Engines {
  readonly shipped: Engine;
  /** What was trained in the page. */
  here: Engine | null = null;
  private readonly files: Files;
  private readonly pictures: Pictures;
  private readonly steps = new Map<number, Promise<Engine>>();
  private run: Promise<RunView> | null = null;

  constructor(model: Model, pictures: Pictures, files: Files) {
    this.shipped = new Engine(model, pictures);
    this.pictures = pictures;
    this.files = files;
  }

  /** @throws what the library throws for prompts and edits that do not fit; ViewError for weights that are not there */
  async view(request: Request, want: Want, watching: Watching = {}): Promise<Views[Want['what']]> {
    if (want.what === 'run') return this.runView();
    if (want.what === 'compare') return this.compare(request, want.b);
    return (await this.of(request)).view(request, want, watching);
  }

  /** The same weights with nothing kept: what it finds was computed from the pictures on. */
  again(): Engines {
    const fresh = new Engines(this.shipped.model, this.pictures, this.files);
    if (this.here) fresh.here = new Engine(this.here.model, this.pictures);
    return fresh;
  }

  /** Lets go of all but the models that were given. */
  async close(): Promise<void> {
    await this.shipped.forget();
    await this.here?.forget();
    for (const step of this.steps.values()) {
      const engine = await step.catch(() => null);
      await engine?.forget();
      engine?.model.dispose();
    }
    this.steps.clear();
  }

  runView(): Promise<RunView> {
    this.run ??= this.readRun();
    this.run.catch(() => {
      this.run = null;
    });
    return this.run;
  }

  private async readRun(): Promise<RunView> {
    const text = async (name: string): Promise<string | null> => {
      const bytes = await this.files.read(name);
      return bytes && new TextDecoder().decode(bytes);
    };
    return runView({ text, has: this.files.has }, await this.shipped.model.gates());
  }

  private async of({ weights }: Request): Promise<Engine> {
    if (weights === 'shipped') return this.shipped;
    if (weights === 'here') {
      if (!this.here) throw new ViewError('nothing was trained in this page yet');
      return this.here;
    }
    const found = this.steps.get(weights) ?? this.open(weights);
    this.steps.set(weights, found);
    found.catch(() => this.steps.delete(weights));
    return found;
  }

  /** The shipped model with the trained part of a step of its run. */
  private async open(step: number): Promise<Engine> {
    const bytes = await this.files.read(partOf(step));
    if (!bytes) throw new ViewError(`there are no weights of step ${step}`);
    const { flamingo, tokenizer, config } = this.shipped.model;
    const { device } = flamingo;
    const copy = new Flamingo({ device }, config.model);
    const own = copy.parameters();
    for (const [path, p] of flamingo.parameters()) scope(device, () => (own.get(path) as Tensor).assign(p.add(0))); // assign uses up what it is given
    try {
      await applyPart(copy, bytes, step);
    } catch (error) {
      copy.dispose();
      throw error;
    }
    return new Engine(new Model({ flamingo: copy, tokenizer, config }), this.pictures);
  }

  private async compare(a: Request, b: Request): Promise<CompareView> {
    const [one, other] = [await this.of(a), await this.of(b)];
    const { first, differences } = compareRuns(await one.everything(a), await other.everything(b), 0);
    return {
      a: (await one.view(a, { what: 'answer' })) as AnswerView,
      b: (await other.view(b, { what: 'answer' })) as AnswerView,
      first,
      differing: differences.filter(exceeds).length,
      all: differences.length,
    };
  }
}

/** `resampler.*`, `crossAttention.*` and the embeddings of `<image>` and `<EOC>`: all that the Flamingo stage trains. */
async function applyPart(flamingo: Flamingo, bytes: Uint8Array, step: number): Promise<void> {
  const file = await openSafetensors(bytes);
  const parameters = flamingo.parameters();
  const table = flamingo.languageModel.embedding.weight;
  const { tokens } = flamingo.config;
  const rows = { 'embedding.image': tokens.image, 'embedding.endOfChunk': tokens.endOfChunk } as const;
  const values = ((await table.data()) as Float32Array).slice();
  const fitting = (name: string, shape: readonly number[]): boolean => String(file.info(name).shape) === String(shape);
  for (const name of file.names) {
    const parameter = parameters.get(name);
    const row = rows[name as keyof typeof rows];
    const fits = parameter ? fitting(name, parameter.shape) : row !== undefined && fitting(name, table.shape.slice(1));
    if (!fits) throw new ViewError(`the weights of step ${step} do not fit the model: ${name}`);
    const { data } = await file.read(name);
    if (parameter) parameter.assign(tensor(flamingo.device, data, parameter.shape));
    else values.set(data as Float32Array, (row as number) * (table.shape[1] as number));
  }
  table.assign(tensor(flamingo.device, values, table.shape));
}
