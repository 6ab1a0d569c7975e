import { NormkitError } from '@normkit/core';
import { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

/*
 * A page or a program may hold two copies of TensorFlow.js: a script tag beside a bundle, or two versions in
 * node_modules. The copies share their backends, so tensors of either work here. Layers, models and symbolic tensors
 * work with their own copy only.
 */

/** Whether a value is a layer or model, of whichever copy of TensorFlow.js. */
export function isLayerOfAnyCopy(value: unknown): value is layers.Layer {
  return has(value, ['apply', 'getClassName', 'inboundNodes', 'weights']);
}

/** @throws NormkitError where a value is a layer, a model or the output of a layer that another copy made. */
export function refuseOtherCopy(op: string, argument: string, value: unknown): void {
  const isOthers =
    (isLayerOfAnyCopy(value) && !(value instanceof layers.Layer)) ||
    (has(value, ['sourceLayer', 'shape', 'inputs']) && !(value instanceof SymbolicTensor));
  if (!isOthers) return;
  throw new NormkitError(
    op,
    argument,
    `${argument} was made by another copy of TensorFlow.js than the one that @normkit/layers imports. The usual cause is a script tag beside a bundle, or two versions in node_modules. Let both use one copy: import TensorFlow.js in the bundle alone, or declare @tensorflow/tfjs-core and @tensorflow/tfjs-layers as external there, or run npm dedupe.`,
  );
}

function has(value: unknown, names: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && names.every((name) => name in value);
}
