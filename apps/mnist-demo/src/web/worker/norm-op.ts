import { noise } from '@normkit/shelf/noise';
import { definitionOf, normkitOp, type Op, stockOp } from '@normkit/shelf/norm-ops';
import { stockLayerOf } from '@normkit/shelf/stock-layers';
import { CHANNEL_AXIS, GROUPS, type RealNorm } from '@normkit/shelf/tutorial/norm-names';
import * as tf from '@tensorflow/tfjs';

const settings = { axis: CHANNEL_AXIS, groups: GROUPS };

/** The tutorial's norm as an op, on activations of that shape. It has no moving averages to disturb. */
export function tutorialOp(norm: RealNorm, shape: readonly number[]): Op {
  return normkitOp(`${norm}Norm`, inputsOf(norm, shape), settings);
}

/** TensorFlow.js's own layer in training; `undefined` for a norm that it does not have. */
export function stockLayerOp(norm: RealNorm, shape: readonly number[]): Op | undefined {
  const layer = stockLayerOf(`${norm}Norm`, shape.length, CHANNEL_AXIS);
  return layer && stockOp(layer, inputsOf(norm, shape), settings);
}

function inputsOf(norm: RealNorm, shape: readonly number[]): [tf.Tensor, ...tf.Tensor[]] {
  const channels = shape.at(CHANNEL_AXIS) ?? 1;
  const { parameters } = definitionOf(`${norm}Norm`);
  const values = { gamma: () => tf.ones([channels]), beta: () => tf.zeros([channels]) };
  return [tf.tensor(noise(tf.util.sizeFromShape([...shape])), [...shape]), ...parameters.map((name) => values[name]())];
}
