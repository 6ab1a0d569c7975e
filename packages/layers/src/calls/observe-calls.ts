import type { Tensor } from '@tensorflow/tfjs-core';
import type { layers, Shape } from '@tensorflow/tfjs-layers';
import type { CallArguments } from '../abstract-layers/keras-layer.ts';

/**
 * Runs `run`, and gives the input of each call of these layers to `onCall` before the call. Calls within models and
 * wrappers count too. An error of `onCall` ends the call.
 */
export function observeCalls<T>(
  observed: Iterable<layers.Layer>,
  onCall: (layer: layers.Layer, x: Tensor, kwargs: CallArguments) => void,
  run: () => T,
): T {
  const onMethod = (layer: layers.Layer, inputs: Tensor | Tensor[], kwargs: CallArguments) => {
    for (const x of Array.isArray(inputs) ? inputs : [inputs]) onCall(layer, x, kwargs);
  };
  return observe(observed, 'call', onMethod as Observer, run);
}

/** Runs `run`, and gives `onShape` the shape of the input before one of these layers computes its output's shape. */
export function observeShapes<T>(
  observed: Iterable<layers.Layer>,
  onShape: (layer: layers.Layer, shape: Shape) => void,
  run: () => T,
): T {
  const onMethod = (layer: layers.Layer, shape: Shape | Shape[]) => {
    onShape(layer, (Array.isArray(shape[0]) ? shape[0] : shape) as Shape);
  };
  return observe(observed, 'computeOutputShape', onMethod as Observer, run);
}

type Observer = (layer: layers.Layer, ...args: unknown[]) => void;

function observe<T>(
  observed: Iterable<layers.Layer>,
  method: 'call' | 'computeOutputShape',
  onMethod: Observer,
  run: () => T,
): T {
  const targets = [...observed].map((layer) => ({ layer, own: Object.getOwnPropertyDescriptor(layer, method) }));
  for (const { layer } of targets) {
    const original = (layer[method] as (...args: unknown[]) => unknown).bind(layer);
    const observing = (...args: unknown[]) => {
      onMethod(layer, ...args);
      return original(...args);
    };
    Object.assign(layer, { [method]: observing });
  }
  try {
    return run();
  } finally {
    for (const { layer, own } of targets) {
      Reflect.deleteProperty(layer, method);
      if (own) Object.defineProperty(layer, method, own);
    }
  }
}
