/** Training by command: begin, play, pause, one step, rewind. What it makes is a model like any other. */

import type { Picture } from '../../model/image.ts';
import type { Model } from '../../model/model.ts';
import type { TrainCommand, TrainingPlan, TrainView } from '../protocol.ts';
import { Engine, type Pictures } from './engine.ts';
import { pictureOf } from './own-picture.ts';
import { Training } from './training.ts';

const QUESTION = 'name :';

interface Told {
  /** After every step, and after every command. */
  readonly trained: (view: TrainView, engine: Engine) => void;
  /** Lets messages in. */
  readonly pause: () => Promise<void>;
}

export class Classroom {
  private readonly shipped: Model;
  private readonly pictures: Pictures;
  private readonly told: Told;
  private now: { readonly training: Training; readonly engine: Engine } | null = null;
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

  private async begin({ lessons, alpha, seed, steps }: TrainingPlan): Promise<void> {
    const { size } = this.shipped.config.preprocessing;
    const read = ({ item }: TrainingPlan['lessons'][number]): Promise<Picture> =>
      'own' in item ? Promise.resolve(pictureOf(item.own, size)) : this.pictures(item.picture);
    const learned = await Promise.all(
      lessons.map(async (lesson) => ({ picture: await read(lesson), question: QUESTION, answer: lesson.text })),
    );
    const training = new Training(this.shipped, learned, { seed, alpha });
    await this.now?.engine.forget();
    this.now?.training.dispose();
    this.now = { training, engine: new Engine(training.model, this.pictures) };
    this.playing = true;
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
