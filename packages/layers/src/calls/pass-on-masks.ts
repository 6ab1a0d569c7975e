import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { registeredClass } from '../registry/registered-class.ts';
import { maskOf, masksOfValues, type RunningCall, runningCalls } from './running-calls.ts';

type Values = tf.Tensor | tf.Tensor[];
type Mask = tf.Tensor | null | undefined;

/** Runs a call, and notes the masks of its outputs, as Keras hands them to the layers behind. */
export function passOnMasks(call: RunningCall, inputs: readonly tf.Tensor[], run: () => Values): Values {
  // Read the masks before the call: TensorFlow.js may return an input as the output, and its mask is lost then.
  const masks = inputs.map(maskOf);
  try {
    const values = running(call, () => withMasksOfSteps(call, run));
    const outputs = Array.isArray(values) ? values : [values];
    // A layer that is applied by hand may have no tidy around it that would dispose the masks.
    if (call.byModel || runningCalls.length > 0) {
      const note = () => {
        const found = call.kept ? outputs.map(maskFromInside) : masksAfter(call, masks, inputs, outputs);
        for (const [index, value] of outputs.entries()) noteMask(value, found[index]);
      };
      // Kept masks outlive this tidy. The other tensors that are made on the way to them do not.
      if (runningCalls.some(({ kept }) => kept)) tf.tidy(note);
      else note();
    }
    return values;
  } finally {
    tf.dispose(call.kept ?? []);
  }
}

function running(call: RunningCall, run: () => Values): Values {
  runningCalls.push(call);
  try {
    return run();
  } finally {
    runningCalls.pop();
  }
}

/** A model has a tidy of its own, and may hand a mask out, so a mask within a model is kept. */
function noteMask(value: tf.Tensor, mask: Mask): void {
  const model = runningCalls.findLast(({ kept }) => kept);
  const noted = mask && model ? tf.keep(tf.clone(mask)) : mask;
  if (noted) masksOfValues.set(value, noted);
  else masksOfValues.delete(value);
  if (noted && model) model.kept?.push(noted);
}

/** The mask that an inner model has kept. The inner model disposes its masks at its end, so this is a copy. */
function maskFromInside(value: tf.Tensor): Mask {
  const mask = maskOf(value);
  return mask && tf.clone(mask);
}

/** The masks that the layer gives to its outputs. */
function masksAfter(
  { layer }: RunningCall,
  masks: readonly Mask[],
  inputs: readonly tf.Tensor[],
  outputs: readonly tf.Tensor[],
): readonly Mask[] {
  if (!layer.supportsMasking) return [];
  // TensorFlow.js itself has asked the layer, as if no input had a mask.
  const asked = outputs.every((value) => 'kerasMask' in value);
  if (asked && !masks.some(Boolean)) {
    // TensorFlow.js disposes a mask with its value. A later layer may need the mask when the value is gone.
    return outputs.map(({ kerasMask }: { kerasMask?: Mask }) => kerasMask && tf.clone(kerasMask));
  }
  if (layer.computeMask === mergedMask) return [allOf(masks)];
  try {
    const computed: unknown = layer.computeMask([...inputs], masks as tf.Tensor[]);
    return (Array.isArray(computed) ? computed : [computed]) as Mask[];
  } catch {
    // A layer may be unable to join masks, as of branches of different lengths. TensorFlow.js reports other faults.
    return [];
  }
}

/**
 * How TensorFlow.js joins the masks of the inputs of Add and similar layers: with an axis too many, and the first
 * alone.
 */
const mergedMask = layers.add({ name: 'merged' }).computeMask;

function allOf(masks: readonly Mask[]): Mask {
  const given = masks.filter((mask) => mask != null);
  return given.length === 0 ? undefined : given.reduce((all, mask) => tf.logicalAnd(all, mask));
}

/** A layer within TimeDistributed sees one step at a time, so it gets the part of the mask for that step. */
function withMasksOfSteps({ layer, mask }: RunningCall, run: () => Values): Values {
  const TimeDistributed = registeredClass('TimeDistributed')?.[0];
  if (!mask || mask.rank < 2 || !TimeDistributed || !(layer instanceof TimeDistributed)) return run();
  const { layer: inner } = layer as unknown as { layer: layers.Layer };
  const own = Object.getOwnPropertyDescriptor(inner, 'call');
  const call = inner.call.bind(inner);
  const steps = tf.unstack(mask, 1);
  inner.call = (inputs, kwargs) => {
    const step = steps.shift();
    if (step && inputs instanceof tf.Tensor) masksOfValues.set(inputs, step);
    return call(inputs, { ...kwargs, mask: undefined });
  };
  try {
    return run();
  } finally {
    Reflect.deleteProperty(inner, 'call');
    if (own) Object.defineProperty(inner, 'call', own);
  }
}
