import { NormkitError } from '@normkit/core';
import { shortText, valueText } from '@normkit/core/checks';
import { layers } from '@tensorflow/tfjs-layers';
import { layerText } from './json.ts';

type Watched<T> = { readonly result: T } | { readonly error: unknown; readonly layer: string | undefined };

/** The two methods of TensorFlow.js's layers through which all of them go; one is not public. */
interface Methods {
  addWeight(this: layers.Layer, name: string, shape: unknown, ...rest: unknown[]): unknown;
  apply(this: layers.Layer, ...args: unknown[]): unknown;
}

/**
 * Builds layers. Refuses a weight with an invalid shape, and a weight with more values than are left of `mostValues`:
 * TensorFlow.js would allocate any size. On an error it names the layer that was being applied. Until it returns, it
 * replaces two methods of all layers.
 */
export function watched<T>(op: string, mostValues: number, build: () => T): Watched<T> {
  const prototype = layers.Layer.prototype as unknown as Methods;
  const { addWeight, apply } = prototype;
  let left = mostValues;
  let layer: string | undefined;
  prototype.addWeight = function (name, shape, ...rest) {
    const fail = (message: string) =>
      new NormkitError(op, 'source', `${layerText(this.name)}, weight ${shortText(name)}: ${message}`);
    if (!isShape(shape)) throw fail(`would have shape ${valueText(shape)}; expected integers, 0 or more.`);
    left -= shape.reduce((size, extent) => size * extent, 1);
    if (left >= 0) return addWeight.call(this, name, shape, ...rest);
    throw fail(
      `of shape ${valueText(shape)} and the weights before it have more than ${mostValues} values, which is more than this file can hold.`,
    );
  };
  prototype.apply = function (...args) {
    layer = this.name;
    return apply.apply(this, args);
  };
  try {
    return { result: build() };
  } catch (error) {
    return { error, layer };
  } finally {
    Object.assign(prototype, { addWeight, apply });
  }
}

function isShape(shape: unknown): shape is number[] {
  return Array.isArray(shape) && shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
}
