import { groupNormalization } from '@normkit/layers';
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
 * The tutorial's model, with its group norm or without, on a backend; one batch of noise in the shape of MNIST,
 * of whose pixels a fifth is lit, as in digits: where all are, the model may saturate before it has learned.
 */
export async function tutorialStep(backend: string, norm: 'group norm' | 'no norm'): Promise<Step> {
  const enter = async () => {
    await tf.setBackend(backend);
  };
  await enter();
  const model = tutorialModel(norm);
  const images = tf.tidy(() => tf.relu(tf.randomUniform([BATCH, 784], -4, 1, 'float32', 1)));
  const labels = tf.tensor1d(Array.from({ length: BATCH }, (_, image) => image % 10));
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

function tutorialModel(norm: 'group norm' | 'no norm'): tf.Sequential {
  const { dense, conv2d, flatten, reshape } = tf.layers;
  const model = tf.sequential({
    layers: [
      reshape({ targetShape: [28, 28, 1], inputShape: [784] }),
      conv2d({ filters: 10, kernelSize: 3 }),
      ...(norm === 'group norm' ? [groupNormalization({ groups: 5, axis: 3 })] : []),
      flatten(),
      dense({ units: 128, activation: 'relu' }),
      dense({ units: 10, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
  return model;
}
