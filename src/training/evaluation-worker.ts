import type { Flamingo } from '../flamingo/flamingo.ts';
import { serve } from '../parallel/serve.ts';
import { openDevice } from '../tensor/index.ts';
import { readWeights, weightsSource } from '../zoo/open/weights.ts';
import { openShared, type SharedData, type TrainingData } from './data/index.ts';
import { type EvaluationUnit, scoreUnit, type Tally } from './evaluate.ts';

let ready: { readonly model: Flamingo; readonly data: TrainingData } | null = null;

const tasks = {
  async open({ weights, device, data }: { weights: string; device: string; data: SharedData }): Promise<void> {
    const { flamingo } = await readWeights(weightsSource(weights), await openDevice(device));
    ready = { model: flamingo, data: openShared(data) };
  },
  score(unit: EvaluationUnit): Promise<Tally> {
    if (!ready) throw new RangeError('this thread has no model yet');
    return scoreUnit(ready.model, ready.data, unit);
  },
};

export type EvaluationTasks = typeof tasks;
serve(tasks);
