import type { Tensor } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';

type Call = layers.Layer['call'];
type CallArguments = Parameters<Call>[1];

/**
 * Runs `run`, and before each call of one of these layers, within models and wrappers too, tells `onCall` of its input.
 * What `onCall` throws ends the call.
 */
export function observeCalls<T>(
  observed: Iterable<layers.Layer>,
  onCall: (layer: layers.Layer, x: Tensor, kwargs: CallArguments) => void,
  run: () => T,
): T {
  const targets = [...observed].map((layer) => ({ layer, own: Object.getOwnPropertyDescriptor(layer, 'call') }));
  for (const { layer } of targets) {
    const call = layer.call.bind(layer);
    layer.call = (inputs, kwargs) => {
      for (const x of Array.isArray(inputs) ? inputs : [inputs]) onCall(layer, x, kwargs);
      return call(inputs, kwargs);
    };
  }
  try {
    return run();
  } finally {
    for (const { layer, own } of targets) {
      Reflect.deleteProperty(layer, 'call');
      if (own) Object.defineProperty(layer, 'call', own);
    }
  }
}
