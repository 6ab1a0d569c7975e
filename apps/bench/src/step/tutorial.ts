import { tutorialModel } from '@normkit/shelf/tutorial/model';
import type { NormName } from '@normkit/shelf/tutorial/norm-names';
import { CLASSES, SIDE } from '@normkit/shelf/tutorial/picture';
import * as tf from '@tensorflow/tfjs';

const BATCH = 32;

/** A step of training, as something to measure. Its model stays on the backend that it was made on, which is entered. */
export interface Step {
  readonly enter: () => Promise<void>;
  readonly run: () => Promise<void>;
  /** Of the steps so far. */
  readonly losses: readonly number[];
  readonly dispose: () => void;
}

/**
 * The tutorial's model, with a norm or without, on a backend; one batch of noise in the shape of MNIST,
 * of whose pixels a fifth is lit, as in digits: where all are, the model may saturate before it has learned.
 */
export async function tutorialStep(backend: string, norm: NormName): Promise<Step> {
  const enter = async () => {
    await tf.setBackend(backend);
  };
  await enter();
  // Without the dropout: each step is then of the same work, and learns the same.
  const model = tutorialModel(norm, 1, { dropout: 0 });
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
  const images = tf.tidy(() => tf.relu(tf.randomUniform([BATCH, SIDE, SIDE], -4, 1, 'float32', 1)));
  const labels = tf.tensor1d(Array.from({ length: BATCH }, (_, image) => image % CLASSES));
  const losses: number[] = [];
  return {
    enter,
    run: async () => {
      losses.push(Number(await model.trainOnBatch(images, labels)));
    },
    losses,
    dispose: () => {
      model.dispose();
      tf.dispose([images, labels]);
    },
  };
}
