import type { Optimizer } from '../nn/index.ts';
import type { Team } from '../parallel/team.ts';
import { scope, type Tensor, tensor } from '../tensor/index.ts';
import { TrainingError } from './files.ts';
import { PARTS, type Replica } from './replica.ts';
import type { Metrics } from './report.ts';
import { type NamedShape, type SharedState, shareState, viewsOf } from './shared-state.ts';

/** Largest norm of the batch's gradient; a longer one is scaled down. */
const MAX_NORM = 1;
/** Gradients are added up in pieces of so many numbers, small enough to be spread over many threads. */
const PIECE = 16384;

/** What the threads of a stage share. */
export interface StageMemory {
  /** `model.NAME` and `optimizer.NAME.FIELD`: all that a checkpoint holds. */
  readonly state: SharedState;
  /** Gradients of each part. */
  readonly parts: readonly SharedState[];
  /** Their sum. */
  readonly sum: SharedState;
  /** [2, parts] losses and weights, then the sum of squares of each piece; float64. */
  readonly scalars: SharedArrayBuffer;
  readonly exchange: SharedState;
}

interface Piece {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

function piecesOf(shapes: Iterable<readonly [string, Float32Array]>): Piece[] {
  return Array.from(shapes).flatMap(([name, { length }]) =>
    Array.from({ length: Math.ceil(length / PIECE) }, (_, i) => ({
      name,
      from: i * PIECE,
      to: Math.min(length, (i + 1) * PIECE),
    })),
  );
}

/** What a stage's replicas need to share: made once, by the thread that starts the others. */
export function stageMemory(state: readonly NamedShape[], exchange: readonly NamedShape[]): StageMemory {
  const parameters = state.flatMap(([name, shape]): NamedShape[] =>
    name.startsWith('model.') ? [[name.slice('model.'.length), shape]] : [],
  );
  const sum = shareState(parameters);
  return {
    state: shareState(state),
    parts: Array.from({ length: PARTS }, () => shareState(parameters)),
    sum,
    scalars: new SharedArrayBuffer(8 * (2 * PARTS + piecesOf(viewsOf(sum)).length)),
    exchange: shareState(exchange),
  };
}

/** A parameter with its own optimiser. */
interface Unit {
  readonly name: string;
  readonly parameter: Tensor;
  readonly optimizer: Optimizer;
  /** The optimiser's tensors, and where they are shared. */
  readonly fields: readonly (readonly [string, Tensor])[];
}

/** One thread's share of a stage: it takes the steps together with the others of its team. */
export class Trainer {
  private readonly replica: Replica;
  private readonly units: readonly Unit[];
  private connection: { readonly team: Team; readonly views: Views } | null = null;

  constructor(replica: Replica) {
    this.replica = replica;
    const units = Array.from(replica.model.parameters(), ([name, parameter]): Unit => {
      const optimizer = replica.optimizer(name, parameter);
      const fields = Array.from(
        optimizer.parameters(),
        ([path, field]) => [`optimizer.${name}.${path}`, field] as const,
      );
      return { name, parameter, optimizer, fields };
    });
    this.units = units.sort((a, b) => cost(b.parameter) - cost(a.parameter)); // the longest first: threads end together
  }

  /** Everything that a checkpoint holds, with its values at the start. */
  initial(): { name: string; shape: readonly number[]; data: Float32Array }[] {
    const describe = (name: string, value: Tensor): { name: string; shape: readonly number[]; data: Float32Array } => ({
      name,
      shape: value.shape,
      data: value.dataSync() as Float32Array,
    });
    return [
      ...Array.from(this.replica.model.parameters(), ([name, value]) => describe(`model.${name}`, value)),
      ...this.units.flatMap(({ fields }) => fields.map(([name, value]) => describe(name, value))),
    ];
  }

  connect(memory: StageMemory, team: Team): void {
    this.connection = { team, views: new Views(memory) };
  }

  /** Puts this thread's values into the shared state. One thread does it, before the first step. */
  begin(): void {
    const { views } = this.connected();
    for (const { name, data } of this.initial()) views.state(name).set(data);
  }

  /** Takes the steps [from, to), or fewer when the team is asked to stop. @returns the first step not taken */
  steps(from: number, to: number, tell: (metrics: Metrics) => void): number {
    const { team } = this.connected();
    try {
      for (let index = from; index < to; index++) {
        const metrics = this.step(index);
        if (team.index === 0) tell(metrics);
        if (team.stopped) return index + 1;
      }
      return to;
    } catch (error) {
      team.fail();
      throw error;
    }
  }

  dispose(): void {
    this.replica.dispose();
  }

  private connected(): { readonly team: Team; readonly views: Views } {
    if (!this.connection) throw new RangeError('the trainer has no memory yet');
    return this.connection;
  }

  private step(index: number): Metrics {
    const { team, views } = this.connected();
    const { replica } = this;
    for (const { name, parameter } of this.units) load(parameter, views.state(`model.${name}`));
    const names = new Map(this.units.map(({ name, parameter }) => [parameter, name]));
    const put = (part: number, loss: number, weight: number, gradients: ReadonlyMap<Tensor, Tensor>): void => {
      for (const [parameter, gradient] of gradients)
        views.part(part, names.get(parameter) as string).set(gradient.dataSync());
      views.losses[part] = loss;
      views.weights[part] = weight;
    };
    replica.gradients(index, team, put, views.exchange);
    team.each(views.pieces.length, (piece) => views.addUp(piece));
    const { loss, scale } = views.outcome(index);
    team.each(this.units.length, (unit) => this.optimise(this.units[unit] as Unit, index, scale));
    return { loss, ...replica.metrics?.((name) => views.state(`model.${name}`)) };
  }

  private optimise({ name, parameter, optimizer, fields }: Unit, index: number, scale: number): void {
    const { views } = this.connected();
    for (const [field, value] of fields) load(value, views.state(field));
    optimizer.resume(index);
    scope(parameter.device, () => {
      const gradient = tensor(parameter.device, views.sum(name), parameter.shape).mul(scale);
      optimizer.step(new Map([[parameter, gradient]]), this.replica.rate(index));
    });
    views.state(`model.${name}`).set(parameter.dataSync());
    for (const [field, value] of fields) views.state(field).set(value.dataSync());
  }
}

/** Multiplications of an optimiser's step, up to a factor: Newton-Schulz multiplies matrices. */
function cost({ shape, size }: Tensor): number {
  return shape.length === 2 ? size * Math.min(...shape, 256) : size;
}

function load(into: Tensor, values: Float32Array): void {
  into.assign(tensor(into.device, values, into.shape));
}

/** Float32 arrays over a stage's shared memory. */
class Views {
  readonly losses: Float64Array;
  readonly weights: Float64Array;
  readonly pieces: readonly Piece[];
  readonly exchange: ReadonlyMap<string, Float32Array>;
  private readonly states: ReadonlyMap<string, Float32Array>;
  private readonly parts: readonly ReadonlyMap<string, Float32Array>[];
  private readonly sums: ReadonlyMap<string, Float32Array>;
  private readonly squares: Float64Array;
  private readonly total = new Float64Array(PIECE);

  constructor({ state, parts, sum, scalars, exchange }: StageMemory) {
    this.states = viewsOf(state);
    this.parts = parts.map(viewsOf);
    this.sums = viewsOf(sum);
    this.exchange = viewsOf(exchange);
    this.pieces = piecesOf(this.sums);
    this.losses = new Float64Array(scalars, 0, PARTS);
    this.weights = new Float64Array(scalars, 8 * PARTS, PARTS);
    this.squares = new Float64Array(scalars, 16 * PARTS, this.pieces.length);
  }

  state(name: string): Float32Array {
    return this.states.get(name) as Float32Array;
  }

  part(part: number, name: string): Float32Array {
    return (this.parts[part] as ReadonlyMap<string, Float32Array>).get(name) as Float32Array;
  }

  sum(name: string): Float32Array {
    return this.sums.get(name) as Float32Array;
  }

  /** Adds one piece of the parts' gradients, in float64 and in the parts' order. */
  addUp(index: number): void {
    const { name, from, to } = this.pieces[index] as Piece;
    const total = this.total.subarray(0, to - from).fill(0);
    for (let part = 0; part < PARTS; part++) {
      if (this.weights[part] === 0) continue; // a part without rows put no gradients
      const values = this.part(part, name).subarray(from, to);
      for (let i = 0; i < total.length; i++) total[i] = (total[i] as number) + (values[i] as number);
    }
    let squares = 0;
    for (let i = 0; i < total.length; i++) squares += (total[i] as number) ** 2;
    this.sum(name).set(total, from);
    this.squares[index] = squares;
  }

  /** The batch's loss, and what its summed gradient is multiplied by: 1 / weight, and less when it is too long. */
  outcome(index: number): { loss: number; scale: number } {
    const add = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
    const weight = add(this.weights);
    const loss = add(this.losses) / weight;
    const norm = Math.sqrt(add(this.squares)) / weight;
    if (!Number.isFinite(loss) || !Number.isFinite(norm))
      throw new TrainingError(`step ${index}: loss ${loss}, norm of the gradient ${norm}; lower the learning rates`);
    return { loss, scale: Math.min(1, MAX_NORM / (norm + 1e-6)) / weight };
  }
}
