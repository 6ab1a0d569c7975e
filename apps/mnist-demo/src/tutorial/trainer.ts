import { tutorialModel } from '@normkit/shelf/tutorial/model';
import * as tf from '@tensorflow/tfjs';
import { countOf, type Digits, firstOf, tensorsOf } from './digits.ts';
import { compile, seedDropout } from './model.ts';
import { orderOf } from './order.ts';
import { type Settings, stepsOf, stepsPerEpoch } from './settings.ts';
import { Misfit, restoreSnapshot, type Snapshot, takeSnapshot } from './snapshot.ts';

/** What one step gave. */
export interface Step {
  /** From 0, over all epochs. */
  readonly index: number;
  readonly epoch: number;
  /** Of the batch, before the step. */
  readonly loss: number;
  readonly accuracy: number;
  readonly milliseconds: number;
}

export interface Evaluation {
  readonly loss: number;
  readonly accuracy: number;
}

/** A run that can be continued elsewhere: on another backend, or in another process. */
export interface Checkpoint {
  readonly settings: Settings;
  /** Steps done. */
  readonly steps: number;
  readonly snapshot: Snapshot;
}

/** Pictures at a time when nothing is learned from them. */
const EVALUATION_BATCH = 250;

/** Trains one model, step by step, on whatever backend is current; between steps the backend may be another one. */
export class Trainer {
  readonly settings: Settings;
  readonly model: tf.Sequential;
  private readonly train: Digits;
  private done = 0;
  private epoch = -1;
  private order: Uint32Array = new Uint32Array(0);

  /** Trains the tutorial's model, or another with layers of the same names. */
  constructor(settings: Settings, train: Digits, model = tutorialModel(settings.norm, settings.seed)) {
    this.settings = { ...settings, samples: Math.min(settings.samples, countOf(train)) };
    this.train = firstOf(train, this.settings.samples);
    this.model = model;
    compile(this.model, settings);
  }

  get steps(): number {
    return this.done;
  }

  get totalSteps(): number {
    return stepsOf(this.settings);
  }

  get isDone(): boolean {
    return this.done >= this.totalSteps;
  }

  /** The next batch. Waits for its loss, so that the time is that of the whole step. */
  async step(): Promise<Step> {
    const index = this.done;
    const start = performance.now();
    const { x, y } = tensorsOf(this.train, this.indicesOf(index));
    seedDropout(this.model, this.settings.seed + index);
    const [loss = Number.NaN, accuracy = Number.NaN] = (await this.model.trainOnBatch(x, y)) as number[];
    tf.dispose([x, y]);
    this.done++;
    return { index, epoch: this.epoch, loss, accuracy, milliseconds: performance.now() - start };
  }

  async checkpoint(): Promise<Checkpoint> {
    return { settings: this.settings, steps: this.done, snapshot: await takeSnapshot(this.model) };
  }

  /**
   * Goes on from there.
   *
   * @throws Misfit where it is of another model, or where another optimizer has trained: it remembers other things.
   */
  async restore({ settings, steps, snapshot }: Checkpoint): Promise<void> {
    const [found, expected] = [settings.optimizer, this.settings.optimizer];
    if (found !== expected) {
      throw new Misfit(
        `This checkpoint is of a run with the optimizer ${found}; the run to go on with has ${expected}.`,
      );
    }
    await restoreSnapshot(this.model, snapshot, this.settings, steps);
    this.done = steps;
  }

  /** Makes `open` set another backend, and takes the run over to it. */
  async moveTo(open: () => Promise<unknown>): Promise<void> {
    const checkpoint = await this.checkpoint();
    await open();
    await this.restore(checkpoint);
  }

  dispose(): void {
    this.model.optimizer.dispose();
    this.model.dispose();
  }

  private indicesOf(index: number): Uint32Array {
    const perEpoch = stepsPerEpoch(this.settings);
    const epoch = Math.floor(index / perEpoch);
    if (epoch !== this.epoch) {
      this.epoch = epoch;
      this.order = orderOf(this.settings.samples, this.settings.seed, epoch);
    }
    const first = (index % perEpoch) * this.settings.batchSize;
    return this.order.subarray(first, first + this.settings.batchSize);
  }
}

/** Mean loss and accuracy over all pictures, in inference mode. `onBatch` may wait, for a page to stay alive. */
export async function evaluate(
  model: tf.LayersModel,
  digits: Digits,
  onBatch: (done: number) => void | Promise<void> = () => undefined,
): Promise<Evaluation> {
  const count = countOf(digits);
  let loss = 0;
  let correct = 0;
  for (let first = 0; first < count; first += EVALUATION_BATCH) {
    const size = Math.min(EVALUATION_BATCH, count - first);
    const indices = Uint32Array.from({ length: size }, (_, index) => first + index);
    const sums = tf.tidy(() => {
      const { x, y } = tensorsOf(digits, indices);
      const probabilities = model.predict(x) as tf.Tensor2D;
      const labels = tf.cast(y, 'int32');
      const chosen = tf.sum(tf.mul(probabilities, tf.oneHot(labels, probabilities.shape[1])), 1);
      const hits = tf.equal(tf.argMax(probabilities, 1), labels);
      return tf.stack([tf.neg(tf.sum(tf.log(tf.maximum(chosen, 1e-7)))), tf.sum(tf.cast(hits, 'float32'))]);
    });
    const [batchLoss = 0, batchCorrect = 0] = await sums.data();
    sums.dispose();
    loss += batchLoss;
    correct += batchCorrect;
    await onBatch(first + size);
  }
  return { loss: loss / count, accuracy: correct / count };
}
