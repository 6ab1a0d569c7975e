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
 * Builds layers, and sees that no weight has a shape that is none, or more values than are to be had: TensorFlow.js
 * would ask for any memory. Where it fails, it tells which layer was being applied. For as long as it runs, which is
 * until it returns, layers have two methods more than their own.
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
      `of shape ${valueText(shape)} and the weights before it have more than ${mostValues} values, which is more than the file can be about.`,
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
