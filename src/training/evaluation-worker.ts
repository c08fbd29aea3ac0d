import type { Flamingo } from '../flamingo/flamingo.ts';
import type { TextClassifier } from '../model/text-tower.ts';
import { serve } from '../parallel/serve.ts';
import { openDevice } from '../tensor/index.ts';
import { readWeights, weightsSource } from '../zoo/open/weights.ts';
import { openShared, type SharedData, type TrainingData } from './data/index.ts';
import { type EvaluationUnit, scoreUnit, type Tally } from './evaluate.ts';

let ready: {
  readonly model: Flamingo;
  readonly data: TrainingData;
  readonly textTower: () => Promise<TextClassifier>;
} | null = null;
let textTower: TextClassifier | null = null;

const tasks = {
  async open({ weights, device, data }: { weights: string; device: string; data: SharedData }): Promise<void> {
    const opened = await readWeights(weightsSource(weights), await openDevice(device));
    ready = { model: opened.flamingo, data: openShared(data), textTower: opened.textTower };
  },
  async score(unit: EvaluationUnit): Promise<Tally> {
    if (!ready) throw new RangeError('this thread has no model yet');
    if (unit.measures.includes('text tower')) textTower ??= await ready.textTower();
    return scoreUnit(ready.model, ready.data, unit, textTower);
  },
};

export type EvaluationTasks = typeof tasks;
serve(tasks);
