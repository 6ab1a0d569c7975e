import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { View } from './view.ts';
import { isOnGpu, isPlainJavaScript } from './where-it-runs.ts';

/*
 * Arithmetic between values, with the four extents of a view, and what their segments share, with the extents
 * [outer, 1, inner, 1]. TensorFlow.js's own broadcasting would do, but for its gradients: they are sums by tf.sum, which
 * on some backends adds up in one float32. Everything here can be differentiated as often as one likes.
 */

/** A tensor with the four extents of a view. */
export function viewed(values: Tensor, view: View): Tensor {
  return tf.reshape(values, [...view]);
}

/** The extents of what is shared by the elements of a segment. */
export function perSegment([outer, , inner]: View): [number, number, number, number] {
  return [outer, 1, inner, 1];
}

/** What `run` computes, as a constant to every gradient: TensorFlow.js records no operation inside of this function. */
export function constant(run: () => Tensor): Tensor {
  return tf.customGrad(() => ({ value: run(), gradFunc: () => [] }))();
}

/** The sums of all segments. */
export function sumOver(view: View, values: Tensor): Tensor {
  const [outer, reduceOuter, inner, reduceInner] = view;
  if (reduceOuter === 1 && reduceInner === 1) return values;
  return tf.customGrad((v) => {
    const runs = sumInStretches(v as Tensor, outer * reduceOuter * inner, reduceInner, 1);
    const value = tf.reshape(sumInStretches(runs, outer, reduceOuter, inner), perSegment(view));
    return { value, gradFunc: (dy: Tensor) => spreadOver(view, dy) };
  })(values);
}

/** What the segments share, for each of their elements. */
export function spreadOver(view: View, shared: Tensor): Tensor {
  const [, reduceOuter, , reduceInner] = view;
  return tf.customGrad((s) => ({
    value: isPlainJavaScript()
      ? beside(view, s as Tensor)
      : tf.mul(s as Tensor, tf.ones([1, reduceOuter, 1, reduceInner])),
    gradFunc: (dy: Tensor) => sumOver(view, dy),
  }))(shared);
}

/** values + term, where each segment has a term of its own. */
export function addShared(view: View, values: Tensor, term: Tensor): Tensor {
  return tf.customGrad((v, t) => ({
    value: withShared(view, tf.add, v as Tensor, t as Tensor),
    gradFunc: (dy: Tensor) => [dy, sumOver(view, dy)],
  }))(values, term);
}

/** values · factor, likewise. */
export function scaleShared(view: View, values: Tensor, factor: Tensor): Tensor {
  return tf.customGrad((v, f, save) => {
    (save as tf.GradSaveFunc)([v as Tensor, f as Tensor]);
    return {
      value: withShared(view, tf.mul, v as Tensor, f as Tensor),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [own, shared] = saved as [Tensor, Tensor];
        return [scaleShared(view, dy, shared), sumOver(view, tf.mul(dy, own))];
      },
    };
  })(values, factor);
}

/**
 * An operation of values and what their segments share. TensorFlow.js's backend in plain JavaScript takes 25 times as
 * long to broadcast as for equal shapes (60 ms and 3 for a million elements), so there it gets equal shapes. Elsewhere it
 * gets as few axes as there can be.
 */
function withShared(view: View, operation: typeof tf.add, values: Tensor, shared: Tensor): Tensor {
  if (isPlainJavaScript()) return operation(values, beside(view, shared));
  const kept = view.flatMap((extent, axis) => (extent === 1 ? [] : [axis]));
  const pick = (shape: readonly number[]) => kept.map((axis) => shape[axis] ?? 1);
  return viewed(operation(tf.reshape(values, pick(view)), tf.reshape(shared, pick(perSegment(view)))), view);
}

/** What the segments share, beside each of their elements: products with ones, which copy in the least time. */
function beside(view: View, shared: Tensor): Tensor {
  const [outer, reduceOuter, inner, reduceInner] = view;
  const run = tf.reshape(shared, [outer * inner, 1]);
  const runs = reduceInner === 1 ? run : tf.matMul(run, tf.ones([1, reduceInner]));
  const row = tf.reshape(runs, [outer, 1, inner * reduceInner]);
  return viewed(reduceOuter === 1 ? row : tf.matMul(tf.ones([outer, reduceOuter, 1]), row), view);
}

/**
 * How many elements tf.sum adds up at a time. In one float32 a million elements of one value lose 4 of their 7 digits. A
 * GPU adds up side by side, and gives each sum a workgroup of 64 threads or more, however short it is.
 */
const [STRETCH, STRETCH_ON_GPU] = [32, 1024];

/**
 * The sums along the middle one of three extents, which is taken away, as sums of sums. Short sums are more accurate, and
 * in compiled kernels they take half the time of one long sum.
 */
function sumInStretches(values: Tensor, before: number, count: number, after: number): Tensor {
  if (count === 1) return values;
  const usual = isOnGpu() ? STRETCH_ON_GPU : STRETCH;
  if (count <= 2 * usual) {
    // The fewer axes the better: a sum that is not along the last axis may need a transposition.
    if (before === 1) return tf.sum(tf.reshape(values, [count, after]), 0);
    return tf.sum(tf.reshape(values, after === 1 ? [before, count] : [before, count, after]), 1);
  }
  const length = stretchOf(count, usual);
  const stretches = Math.ceil(count / length);
  const sums = sumInStretches(
    padded(values, before, count, stretches * length, after),
    before * stretches,
    length,
    after,
  );
  return sumInStretches(sums, before, stretches, after);
}

/** A length near the usual one that divides `count`, if there is one: padding with zeros would copy the values. */
function stretchOf(count: number, usual: number): number {
  for (let length = usual; length >= usual / 2; length--) if (count % length === 0) return length;
  for (let length = usual; length <= 2 * usual; length++) if (count % length === 0) return length;
  return usual;
}

function padded(values: Tensor, before: number, count: number, whole: number, after: number): Tensor {
  if (count === whole) return values;
  const paddings: [number, number][] = [
    [0, 0],
    [0, whole - count],
    [0, 0],
  ];
  return tf.pad(tf.reshape(values, [before, count, after]), paddings);
}
