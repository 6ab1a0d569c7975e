import { PIXELS, SIDE } from '@normkit/shelf/tutorial/picture';
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../data/data-error.ts';

/** Probabilities of the ten digits. */
export async function answerTo(pixels: Uint8Array, model: tf.LayersModel): Promise<readonly number[]> {
  const ink = Float32Array.from(pixels, (value) => value / 255);
  const probabilities = tf.tidy(() => model.predict(tf.tensor3d(ink, [1, SIDE, SIDE])) as tf.Tensor);
  const values = [...(await probabilities.data())];
  probabilities.dispose();
  return values;
}

/** Finite weights may give no answer even so: a variance below 0, or what is beyond float32 on its way. */
export async function requireAnswer(model: tf.LayersModel): Promise<void> {
  const answer = await answerTo(new Uint8Array(PIXELS).fill(127), model);
  if (!answer.every(Number.isFinite)) throw new DataError(`Its weights make no answer: ${answer.join(', ')}.`);
}
