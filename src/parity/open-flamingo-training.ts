import type { TensorValues } from '../files/safetensors.ts';
import type { Flamingo } from '../flamingo/flamingo.ts';
import { AdamW, clipGradients, mapSource } from '../nn/index.ts';
import { backward, scope, type Tensor } from '../tensor/index.ts';
import { inTheirNames, type RenameTable } from '../zoo/names/rename.ts';
import type { Values } from './runner.ts';

export interface TrainingJson {
  readonly steps: number;
  readonly lr: number;
  readonly weight_decay: number;
  readonly warmup: number;
  readonly pair_weight: number;
  readonly interleaved_weight: number;
}

/**
 * train_one_epoch of OpenFlamingo 2.0.1: the weighted losses of a batch of pairs and one of interleaved text, gradients of
 * other embedding rows than the two tokens' set to 0, clipping at 1, AdamW with decay on all of the gated blocks.
 */
export async function train(
  model: Flamingo,
  json: TrainingJson,
  table: RenameTable,
  loss: (batch: 'pairs.' | '') => Tensor,
): Promise<[string, Values][]> {
  const trainable = model.trainable();
  const group = (blocks: boolean): Tensor[] =>
    Array.from(trainable).flatMap(([path, p]) => (path.startsWith('crossAttention.') === blocks ? [p] : []));
  const optimizer = new AdamW([
    { parameters: group(true), learningRate: json.lr, weightDecay: json.weight_decay },
    { parameters: group(false), learningRate: json.lr },
  ]);
  const history: Record<'loss_pairs' | 'loss_interleaved' | 'gradient_norm', number[]> = {
    loss_pairs: [],
    loss_interleaved: [],
    gradient_norm: [],
  };
  for (let step = 0; step < json.steps; step++) {
    const measured = scope(model.device, () => {
      const [pairs, interleaved] = [loss('pairs.'), loss('')];
      const total = pairs.mul(json.pair_weight).add(interleaved.mul(json.interleaved_weight));
      const derived = model.trainedRowsOnly(backward(total, [...trainable.values()]));
      const { gradients, norm } = clipGradients(derived, 1);
      optimizer.step(gradients, step < json.warmup ? step / json.warmup : 1);
      return { loss_pairs: pairs, loss_interleaved: interleaved, gradient_norm: norm };
    });
    for (const [name, value] of Object.entries(measured)) {
      history[name as keyof typeof history].push(await value.item());
      value.dispose();
    }
  }
  const final = await trained(trainable, table);
  optimizer.dispose();
  return [
    ...Object.entries(history).map(([name, data]): [string, Values] => [
      `out.train.${name}`,
      { shape: [data.length], data },
    ]),
    ...final,
  ];
}

async function trained(parameters: ReadonlyMap<string, Tensor>, table: RenameTable): Promise<[string, Values][]> {
  const values = new Map<string, TensorValues>();
  for (const [path, p] of parameters) values.set(path, { shape: p.shape, dtype: p.dtype, data: await p.data() });
  const theirs = inTheirNames(mapSource(values), table);
  return Promise.all(
    theirs.names.map(async (name): Promise<[string, Values]> => [`out.train.final.${name}`, await theirs.read(name)]),
  );
}
