import type { Flamingo } from '../flamingo/flamingo.ts';
import type { TextClassifier } from '../model/text-tower.ts';
import { serve } from '../parallel/serve.ts';
import { openDevice } from '../tensor/index.ts';
import { readWeights, weightsSource } from '../zoo/open/weights.ts';
import { openShared, type SharedData, type TrainingData } from './data/index.ts';
import { type DialogueUnit, type Held, holdUnit } from './dialogue/evaluate-dialogues.ts';
import { type EvaluationUnit, scoreUnit, type Tally } from './evaluate.ts';

interface Ready {
  readonly model: Flamingo;
  readonly data: TrainingData;
  readonly textTower: () => Promise<TextClassifier>;
}

let ready: Ready | null = null;
let textTower: TextClassifier | null = null;

function here(): Ready {
  if (!ready) throw new RangeError('this thread has no model yet');
  return ready;
}

const tasks = {
  async open({ weights, device, data }: { weights: string; device: string; data: SharedData }): Promise<void> {
    const opened = await readWeights(weightsSource(weights), await openDevice(device));
    ready = { model: opened.flamingo, data: openShared(data), textTower: opened.textTower };
  },
  async score(unit: EvaluationUnit): Promise<Tally> {
    const { model, data, textTower: read } = here();
    if (unit.measures.includes('text tower')) textTower ??= await read();
    return scoreUnit(model, data, unit, textTower);
  },
  hold(unit: DialogueUnit): Promise<Held[]> {
    const { model, data } = here();
    return holdUnit(model, data, unit);
  },
};

export type EvaluationTasks = typeof tasks;
serve(tasks);
