import { Flamingo } from '../flamingo/flamingo.ts';
import { VisionEncoder } from '../flamingo/vision-encoder.ts';
import type { ModelConfig } from '../model/config.ts';
import { serve, type Tell } from '../parallel/serve.ts';
import { Team } from '../parallel/team.ts';
import { Random, SimdDevice, tensor } from '../tensor/index.ts';
import { type AblationRecipe, AblationReplica } from './ablation/ablation-stage.ts';
import { openVariant, type VariantInput } from './ablation/open-variant.ts';
import { ABLATION_ROWS, type AblationRow } from './ablation/rows.ts';
import { variantModel } from './ablation/variant.ts';
import { encodeMoving, MovingData, type MovingRecipe, type MovingWork } from './clips/moving-data.ts';
import {
  Documents,
  Episodes,
  type GivenEpisodes,
  openShared,
  type SharedData,
  type TrainingData,
} from './data/index.ts';
import { type EvaluationUnit, scoreUnit, type Tally } from './evaluate.ts';
import { encodeInto, type FeatureWork, openFeatures, type SharedFeatures } from './features.ts';
import { type FlamingoRecipe, FlamingoReplica, Trainable } from './flamingo-stage.ts';
import { type LanguageRecipe, LanguageReplica } from './language-stage.ts';
import type { Looked } from './look.ts';
import { otherConcepts } from './other-concepts.ts';
import type { OwnText } from './own/own-data.ts';
import { type OwnKind, ownEpisode } from './own/own-episodes.ts';
import { type OwnViews, type TuneRecipe, TuneReplica } from './own/tune-stage.ts';
import type { Replica } from './replica.ts';
import { type NamedShape, type SharedState, viewsOf } from './shared-state.ts';
import { type StageMemory, Trainer } from './trainer.ts';
import { type VisionRecipe, VisionReplica } from './vision-stage.ts';

/** What a thread needs to know of a stage besides the data. */
export type StageInput = { readonly config: ModelConfig } & (
  | { readonly stage: 'vision'; readonly recipe: VisionRecipe }
  | { readonly stage: 'language'; readonly recipe: LanguageRecipe }
  | {
      readonly stage: 'flamingo';
      readonly recipe: FlamingoRecipe;
      /** The language stage's state. */
      readonly language: SharedState;
      /** What the trained part starts from; absent: from nothing. */
      readonly start?: SharedState;
      readonly features: SharedFeatures;
      /** One's own lines, where the recipe's mixture has them. */
      readonly own?: OwnKind;
      /** Clips and scenes, where the recipe's mixture has them. */
      readonly moving?: MovingRecipe;
    }
  | {
      readonly stage: 'ablation';
      readonly recipe: AblationRecipe;
      readonly language: SharedState;
      readonly features: SharedFeatures;
    }
  | {
      readonly stage: 'tune';
      readonly recipe: TuneRecipe;
      /** Every parameter of the model that is gone on from. */
      readonly weights: SharedState;
      readonly texts: readonly OwnText[];
      readonly views: OwnViews;
      readonly pad: number;
    }
);

/** What the threads of a stage share, and this one's place among them. */
interface Connection {
  readonly memory: StageMemory;
  readonly control: SharedArrayBuffer;
  readonly index: number;
  readonly size: number;
}

interface StageFacts {
  readonly initial: ReturnType<Trainer['initial']>;
  readonly exchange: readonly NamedShape[];
}

const device = new SimdDevice();
let data: TrainingData | null = null;
let trainer: Trainer | null = null;
/** A row of the ablation that is asked, and the pictures that its encoder has seen. */
let asked: { readonly model: Flamingo; readonly encoder: string; readonly looked: Looked } | null = null;
let moving: { readonly key: string; readonly data: MovingData } | null = null;

function dataHere(): TrainingData {
  if (!data) throw new RangeError('this thread has no data yet');
  return data;
}

/** Clips and scenes as they are drawn, once for the work on them and for the stage. */
function movingHere(recipe: MovingRecipe): MovingData {
  const key = JSON.stringify(recipe);
  if (moving?.key !== key) moving = { key, data: new MovingData(dataHere(), recipe) };
  return moving.data;
}

function trainerHere(): Trainer {
  if (!trainer) throw new RangeError('this thread has no stage yet');
  return trainer;
}

function replicaOf(input: StageInput): Replica {
  const { config } = input;
  switch (input.stage) {
    case 'vision':
      if (!config.model.vision) throw new RangeError('this architecture has no vision encoder to train');
      return new VisionReplica(device, config.model.vision, dataHere(), input.recipe);
    case 'language':
      return new LanguageReplica(device, config.model.languageModel, new Documents(dataHere().bank), input.recipe);
    case 'flamingo': {
      const { recipe } = input;
      const { bank, pictures } = dataHere();
      const init = { device, random: new Random(recipe.seed).fork('flamingo/init') };
      const model = new Flamingo(init, { ...config.model, vision: null });
      setParameters(model.languageModel.parameters(), input.language);
      if (input.start) setParameters(new Trainable(model).parameters(), input.start);
      const others = otherConcepts(dataHere(), recipe);
      const episodes = new Episodes(bank, pictures, recipe.views, others, recipe.mix, givenEpisodes(input));
      return new FlamingoReplica(model, episodes, bank.tokenizer.special.pad, openFeatures(input.features), recipe);
    }
    case 'ablation':
      return ablationReplica(input);
    case 'tune': {
      const { recipe, views } = input;
      const vision = views.kind === 'pixels' ? config.model.vision : null;
      const model = new Flamingo({ device, random: new Random(0) }, { ...config.model, vision });
      setParameters(model.parameters(), input.weights);
      return new TuneReplica(model, input.texts, views, input.pad, recipe);
    }
  }
}

function givenEpisodes({ own, moving }: Extract<StageInput, { stage: 'flamingo' }>): GivenEpisodes {
  const drawn = moving && movingHere(moving);
  return {
    ...(own && { own: (random: Random) => ownEpisode(own, random) }),
    ...(drawn && {
      clips: (random: Random) => drawn.clipEpisode(random),
      scenes: (random: Random) => drawn.sceneEpisode(random),
    }),
  };
}

function ablationReplica({ config, recipe, language, features }: Extract<StageInput, { stage: 'ablation' }>): Replica {
  const row = ABLATION_ROWS[recipe.row] as AblationRow;
  const { bank, pictures } = dataHere();
  const init = { device, random: new Random(recipe.seed).fork('flamingo/init') };
  const model = variantModel(init, config.model, row, null);
  if (row.languageModel !== 'random') setParameters(model.languageModel.parameters(), language);
  // Of a binding episode one picture alone teaches nothing.
  const mix = row.pictures === 1 ? { ...recipe.mix, binding: 0 } : recipe.mix;
  const episodes = new Episodes(bank, pictures, recipe.views, otherConcepts(dataHere(), recipe), mix);
  return new AblationReplica(model, row, episodes, bank.tokenizer.special.pad, openFeatures(features), recipe);
}

/** Gives parameters the values of a stage's state, where they are `model.NAME` with this prefix before their names. */
function setParameters(
  parameters: ReadonlyMap<string, import('../tensor/index.ts').Tensor>,
  state: SharedState,
  prefix = '',
): void {
  const views = viewsOf(state);
  for (const [name, parameter] of parameters) {
    const values = views.get(`model.${prefix}${name}`);
    if (!values) throw new RangeError(`the stage has no ${prefix}${name}`);
    parameter.assign(tensor(parameter.device, values, parameter.shape));
  }
}

interface Encoding<Work> {
  readonly config: ModelConfig;
  readonly state: SharedState;
  readonly work: Work;
}

async function withEncoder(
  { model: { vision: encoder } }: ModelConfig,
  state: SharedState,
  work: (vision: VisionEncoder) => Promise<void>,
): Promise<void> {
  if (!encoder) throw new RangeError('this architecture has no vision encoder');
  const vision = new VisionEncoder({ device, random: new Random(0) }, encoder);
  setParameters(vision.parameters(), state, 'vision.');
  await work(vision);
  vision.dispose();
}

const tasks = {
  data(shared: SharedData): void {
    data = openShared(shared);
  },
  open(input: StageInput): StageFacts {
    trainer?.dispose();
    const replica = replicaOf(input);
    trainer = new Trainer(replica);
    return { initial: trainer.initial(), exchange: replica.exchange ?? [] };
  },
  connect({ memory, control, index, size }: Connection): void {
    trainerHere().connect(memory, new Team(control, index, size));
  },
  steps({ from, to }: { from: number; to: number }, tell: Tell): number {
    return trainerHere().steps(from, to, tell);
  },
  features: ({ config, state, work }: Encoding<FeatureWork>): Promise<void> =>
    withEncoder(config, state, (vision) => encodeInto(vision, dataHere(), work)),
  variant(input: VariantInput): void {
    asked?.model.dispose();
    const encoder = (ABLATION_ROWS[input.recipe.row] as AblationRow).vision ? `random ${input.recipe.seed}` : 'trained';
    const looked: Looked = asked?.encoder === encoder ? asked.looked : new Map();
    asked = { model: openVariant(device, input), encoder, looked };
  },
  score(unit: EvaluationUnit): Promise<Tally> {
    if (!asked) throw new RangeError('this thread has no model to ask yet');
    return scoreUnit(asked.model, dataHere(), unit, null, asked.looked);
  },
  moving: ({ config, state, work }: Encoding<MovingWork>): Promise<void> =>
    withEncoder(config, state, (vision) => encodeMoving(vision, dataHere(), movingHere(work.recipe), work)),
};

export type TrainingTasks = typeof tasks;
serve(tasks);
