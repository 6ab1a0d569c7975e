import type { Tensor } from '@tensorflow/tfjs-core';
import { LayersModel, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { CallArguments } from '../abstract-layers/keras-layer.ts';

/** A layer that is computing its output from values. */
export interface RunningCall {
  readonly layer: layers.Layer;
  /** The second argument that the layer got. TensorFlow.js passes one object on to every layer of a model. */
  readonly kwargs: CallArguments | undefined;
  /** The mask of its first input, which is the one that TensorFlow.js gives to layers. */
  readonly mask: Tensor | undefined;
  /** Whether a model makes the call. Otherwise somebody wrote `layer.apply(x)`. */
  readonly byModel: boolean;
  /** Whether the outermost call is a step of training: then all calls within it are. */
  readonly inTraining: boolean;
  /** Whether the graph says `training: true` of a call at inference. Then the averages of the layer must not move. */
  readonly standsStill: boolean;
  /** The masks that were made within the call of a model, or within an outermost call. They are disposed at its end. */
  readonly kept: Tensor[] | undefined;
}

interface RunningCalls {
  readonly stack: RunningCall[];
  readonly masks: WeakMap<Tensor, Tensor>;
  /** The layers whose calls obey the argument `training` that their graph has for them. */
  readonly obedient: WeakSet<layers.Layer>;
  /** A model has just looked up the inputs of this output. It calls the layer of this output next. */
  next: SymbolicTensor | undefined;
}

/** Two copies of this package may use one copy of TensorFlow.js. They share its layers, so they share this record. */
const key = Symbol.for('normkit.layers.running-calls');
const host = layers.Layer.prototype as unknown as { [key]?: RunningCalls };

/** Whether this copy of the package is the first to look at TensorFlow.js's calls. */
export const isFirst = host[key] === undefined;

host[key] ??= { stack: [], masks: new WeakMap(), obedient: new WeakSet(), next: undefined };
const calls: RunningCalls = host[key];

/** The layers that are computing, from the outside. */
export const runningCalls: RunningCall[] = calls.stack;

/** The mask of a value. The layer that computed the value gave it, by `supportsMasking` and `computeMask`. */
export const masksOfValues: WeakMap<Tensor, Tensor> = calls.masks;

/** The mask of a value. A value may outlive its mask, and has none then. */
export function maskOf(value: Tensor): Tensor | undefined {
  const mask = masksOfValues.get(value);
  return mask?.isDisposed ? undefined : mask;
}

/** From now on calls of these layers obey the argument `training` that their graph has for them. */
export function obeyCallArguments(list: Iterable<layers.Layer>): void {
  for (const layer of list) calls.obedient.add(layer);
}

/** A copy of a layer obeys as the layer does. */
export function obeyLike(layer: layers.Layer, copy: layers.Layer): void {
  if (calls.obedient.has(layer)) calls.obedient.add(copy);
}

/** A model obeys as soon as a layer in it does: the base of a transfer learning, say, with its batch norms. */
function obeys(layer: layers.Layer): boolean {
  return calls.obedient.has(layer) || (layer instanceof LayersModel && layer.layers.some(obeys));
}

/** The argument `training` that the graph has for the call of this output, if the layer obeys it. */
export function trainingInGraph({ sourceLayer, callArgs }: SymbolicTensor): boolean | undefined {
  const training: unknown = callArgs?.['training'];
  return typeof training === 'boolean' && obeys(sourceLayer) ? training : undefined;
}

/**
 * Notes from now on when a model is about to make the call that this output stands for. TensorFlow.js's `execute` reads
 * the `inputs` of an output just before it calls the layer. It does not tell the layer which of its calls this is.
 */
export function watchOutput(output: SymbolicTensor): void {
  const { inputs } = output;
  Object.defineProperty(output, 'inputs', {
    configurable: true,
    enumerable: true,
    get() {
      calls.next = output;
      return inputs;
    },
  });
}

/** The same for the outputs of a layer that TensorFlow.js built before this package was imported. */
export function watchOutputs({ inboundNodes }: layers.Layer): void {
  for (const output of inboundNodes.flatMap(({ outputTensors }) => outputTensors)) {
    if (Object.getOwnPropertyDescriptor(output, 'inputs')?.get === undefined) watchOutput(output);
  }
}

/** The output that a model wants of this layer; `undefined` where no model makes the call. Ask once for each call. */
export function takeNext(layer: layers.Layer): SymbolicTensor | undefined {
  const output = calls.next;
  calls.next = undefined;
  return output?.sourceLayer === layer ? output : undefined;
}

/** Whether the innermost call is in training mode at inference: then it must not move averages. */
export function standsStill(): boolean {
  return runningCalls.at(-1)?.standsStill ?? false;
}
