/** Training by command: begin, play, pause, one step, rewind. What it makes is a model like any other. */

import { ViewError } from '../../inspect/recorded.ts';
import type { Picture } from '../../model/image.ts';
import type { Model } from '../../model/model.ts';
import type { TrainCommand, TrainedView, TrainingPlan, TrainView } from '../protocol.ts';
import { Engine, type Pictures } from './engine.ts';
import { pictureOf } from './own-picture.ts';
import { type Lesson, Training } from './training.ts';

const QUESTION = 'name :';

interface Told {
  /** After every step, and after every command. */
  readonly trained: (view: TrainView, engine: Engine) => void;
  /** Lets messages in. */
  readonly pause: () => Promise<void>;
}

/** What is being taught. */
interface Class {
  readonly training: Training;
  readonly engine: Engine;
  readonly learned: readonly Lesson[];
  readonly from: { readonly seed: number; readonly alpha: number };
}

export class Classroom {
  private readonly shipped: Model;
  private readonly pictures: Pictures;
  private readonly told: Told;
  private now: Class | null = null;
  private playing = false;
  /** Commands wait for the step that runs. */
  private turn: Promise<void> = Promise.resolve();

  constructor(shipped: Model, pictures: Pictures, told: Told) {
    this.shipped = shipped;
    this.pictures = pictures;
    this.told = told;
  }

  /** @throws what the library throws for lessons that do not fit */
  do(command: TrainCommand): Promise<void> {
    if (command.act !== 'play') this.playing = false;
    else if (this.playing) return Promise.resolve();
    const done = this.turn.then(() => this.act(command));
    this.turn = done.catch(() => {
      this.playing = false;
    });
    return done;
  }

  private async act(command: TrainCommand): Promise<void> {
    if (command.act === 'begin') await this.begin(command.plan);
    if (command.act === 'rewind') await this.now?.training.rewind(command.step);
    if (command.act === 'step') await this.now?.training.take();
    if (command.act === 'play') await this.play();
    await this.tell();
  }

  /** The training of now, taken again from its seed to its step. @throws ViewError before anything was taught */
  async again(): Promise<TrainedView> {
    if (!this.now) throw new ViewError('nothing was trained in this page yet');
    const { learned, from, training: now } = this.now;
    const training = new Training(this.shipped, learned, from);
    const steps = [{ loss: Number.NaN, gates: await training.model.gates() }];
    for (const { step } = now; training.step < step; ) {
      await training.take();
      steps.push({ loss: training.loss, gates: await training.model.gates() });
      await this.told.pause();
    }
    const { names } = await training.view(false);
    training.dispose();
    return { steps, right: names.filter(({ right }) => right).length };
  }

  private async begin({ lessons, alpha, seed, steps }: TrainingPlan): Promise<void> {
    const { size } = this.shipped.config.preprocessing;
    const read = ({ item }: TrainingPlan['lessons'][number]): Promise<Picture> =>
      'own' in item ? Promise.resolve(pictureOf(item.own, size)) : this.pictures(item.picture);
    const learned = await Promise.all(
      lessons.map(async (lesson) => ({ picture: await read(lesson), question: QUESTION, answer: lesson.text })),
    );
    const from = { seed, alpha };
    const training = new Training(this.shipped, learned, from);
    await this.now?.engine.forget();
    this.now?.training.dispose();
    this.now = { training, engine: new Engine(training.model, this.pictures), learned, from };
    this.playing = true;
    if (steps > 0) await this.tell();
    await this.upTo(steps);
    this.playing = false;
  }

  private async play(): Promise<void> {
    this.playing = true;
    await this.upTo(Number.POSITIVE_INFINITY);
  }

  private async upTo(steps: number): Promise<void> {
    const { now } = this;
    while (now && this.playing && now.training.step < steps) {
      await now.training.take();
      await this.tell();
      await this.told.pause(); // a command may end it
    }
  }

  private async tell(): Promise<void> {
    if (!this.now) return;
    await this.now.engine.forget();
    this.told.trained(await this.now.training.view(this.playing), this.now.engine);
  }
}
