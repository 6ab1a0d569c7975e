import * as tf from '@tensorflow/tfjs';
import { countOf, type Digits, tensorsOf } from './digits.ts';

export interface Histogram {
  /** Of the first bin's left edge, and of the last one's right edge. */
  readonly low: number;
  readonly high: number;
  /** Elements in bins of equal width. */
  readonly counts: readonly number[];
  readonly mean: number;
  readonly deviation: number;
}

export interface Activations {
  /** What the norm is given, and what it gives. */
  readonly before: Histogram;
  readonly after: Histogram;
}

const PICTURES = 64;
const BINS = 48;

/** The activations around the norm for the first pictures, in inference mode; `undefined` for a model without one. */
export async function activationsOf(model: tf.LayersModel, digits: Digits): Promise<Activations | undefined> {
  const norm = model.layers.find(({ name }) => name === 'norm');
  if (!norm) return undefined;
  const probe = tf.model({ inputs: model.inputs, outputs: [norm.input, norm.output] as tf.SymbolicTensor[] });
  const [before, after] = tf.tidy(() => {
    const { x } = tensorsOf(
      digits,
      Uint32Array.from({ length: Math.min(PICTURES, countOf(digits)) }, (_, index) => index),
    );
    return probe.predict(x) as [tf.Tensor, tf.Tensor];
  });
  const histograms = { before: histogramOf(await before.data()), after: histogramOf(await after.data()) };
  tf.dispose([before, after]);
  return histograms;
}

export function histogramOf(values: ArrayLike<number>): Histogram {
  let [low, high, sum, squares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    low = Math.min(low, value);
    high = Math.max(high, value);
    sum += value;
  }
  const mean = sum / values.length;
  const width = (high - low) / BINS || 1;
  const counts = new Array<number>(BINS).fill(0);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    squares += (value - mean) ** 2;
    const bin = Math.min(BINS - 1, Math.floor((value - low) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { low, high, counts, mean, deviation: Math.sqrt(squares / values.length) };
}
