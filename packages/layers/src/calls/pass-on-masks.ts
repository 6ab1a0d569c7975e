import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { registeredClass } from '../registry/registered-class.ts';
import { maskOf, masksOfValues, type RunningCall, runningCalls } from './running-calls.ts';

type Values = tf.Tensor | tf.Tensor[];
type Mask = tf.Tensor | null | undefined;

/** Runs a call, and notes the masks of its outputs, as Keras hands them to the layers behind. */
export function passOnMasks(call: RunningCall, inputs: readonly tf.Tensor[], run: () => Values): Values {
  // To be asked before: TensorFlow.js may take an input for the output, and forget its mask.
  const masks = inputs.map(maskOf);
  try {
    const values = running(call, () => withMasksOfSteps(call, run));
    const outputs = Array.isArray(values) ? values : [values];
    // Whoever applies a layer by hand may have no tidy around, in which masks would end.
    if (call.byModel || runningCalls.length > 0) {
      const note = () => {
        const found = call.kept ? outputs.map(maskFromInside) : masksAfter(call, masks, inputs, outputs);
        for (const [index, value] of outputs.entries()) noteMask(value, found[index]);
      };
      // Where masks are kept, all that is made on the way to them ends here.
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

/** Inside a model a mask has to outlive the tidy of the model, which may hand it out. */
function noteMask(value: tf.Tensor, mask: Mask): void {
  const model = runningCalls.findLast(({ kept }) => kept);
  const noted = mask && model ? tf.keep(tf.clone(mask)) : mask;
  if (noted) masksOfValues.set(value, noted);
  else masksOfValues.delete(value);
  if (noted && model) model.kept?.push(noted);
}

/** A mask that a model within has kept. It goes when that model is done, so it is copied here. */
function maskFromInside(value: tf.Tensor): Mask {
  const mask = maskOf(value);
  return mask && tf.clone(mask);
}

/** What the layer says of the masks of its outputs. */
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
    // TensorFlow.js disposes of its mask with the value, which it may need no more before others need the mask.
    return outputs.map(({ kerasMask }: { kerasMask?: Mask }) => kerasMask && tf.clone(kerasMask));
  }
  if (layer.computeMask === mergedMask) return [allOf(masks)];
  try {
    const computed: unknown = layer.computeMask([...inputs], masks as tf.Tensor[]);
    return (Array.isArray(computed) ? computed : [computed]) as Mask[];
  } catch {
    // Masks of branches of different lengths cannot be joined, say. What is wrong with a layer TensorFlow.js finds too.
    return [];
  }
}

/** How TensorFlow.js joins the masks of what Add and its kin add up: one axis too many, and only the first mask. */
const mergedMask = layers.add({ name: 'merged' }).computeMask;

function allOf(masks: readonly Mask[]): Mask {
  const given = masks.filter((mask) => mask != null);
  return given.length === 0 ? undefined : given.reduce((all, mask) => tf.logicalAnd(all, mask));
}

/** A layer within TimeDistributed sees one step at a time, and of the mask the values of this step. */
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
