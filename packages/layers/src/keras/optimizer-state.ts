import { NormkitError } from '@normkit/core';
import { shortText, valueText } from '@normkit/core/checks';
import type { Optimizer, Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { FileWeight } from './manifest.ts';

/**
 * What each optimizer of TensorFlow.js keeps of a trainable weight, in the order in which it saves it: first `m` of all
 * weights, then `v` of all. It reads its state by order alone.
 */
const kept: Readonly<Record<string, readonly string[]>> = {
  SGD: [],
  Momentum: ['momentum'],
  RMSProp: ['rms', 'momentum'],
  Adagrad: ['accumulator'],
  Adadelta: ['accum_grad', 'accum_var'],
  Adam: ['m', 'v'],
};

/**
 * Why the state in a file is not the optimizer's, if it is not: in number, order, name, shape or dtype. That of an
 * optimizer that is not TensorFlow.js's is taken as it is.
 */
export function stateFault(model: LayersModel, state: readonly FileWeight[]): string | undefined {
  const { optimizer } = model as { optimizer?: Optimizer };
  if (!optimizer) return 'the file has a state, but no training config that says of which optimizer';
  const name = optimizer.getClassName();
  if (!Object.hasOwn(kept, name)) return undefined;
  const isCentered = name === 'RMSProp' && optimizer.getConfig()['centered'] === true;
  const slots = [...(kept[name] ?? []), ...(isCentered ? ['mg'] : [])];
  const trainable = model.trainableWeights;
  const [steps, ...rest] = state;
  if (steps?.name !== 'iter') return `expected iter, the number of steps, first. Got ${nameOf(steps)}`;
  const fault = misfit(steps.tensor, [], 'int32');
  if (fault) return `iter: ${fault}`;
  // Before the first step there is nothing else.
  if (rest.length === 0) return undefined;
  if (rest.length !== slots.length * trainable.length) {
    return `expected ${slots.length} values for each of the ${trainable.length} trainable weights. Got ${rest.length} in all`;
  }
  for (const [index, entry] of rest.entries()) {
    const weight = trainable[index % trainable.length];
    const slot = slots[Math.floor(index / trainable.length)] ?? '';
    if (!weight || !isOf(entry.name, weight.originalName, slot)) {
      return `expected ${slot} of '${shortText(weight?.originalName ?? '')}'. Got ${nameOf(entry)}`;
    }
    const other = misfit(entry.tensor, weight.shape, 'float32');
    if (other) return `${slot} of '${shortText(weight.originalName)}': ${other}`;
  }
  return undefined;
}

/** `dense/kernel/m`, or `dense/kernel_3/m` where the model was the third of its kind that was made. */
function isOf(name: string, weight: string, slot: string): boolean {
  const end = name.length - slot.length - 1;
  if (end < weight.length || !name.startsWith(weight) || name.slice(end) !== `/${slot}`) return false;
  return /^(_\d+)?$/.test(name.slice(weight.length, end));
}

function misfit(tensor: Tensor, shape: readonly unknown[], dtype: string): string | undefined {
  const [expected, got] = [valueText(shape), valueText(tensor.shape)];
  if (expected !== got) return `expected shape ${expected}. Got ${got}`;
  return dtype === tensor.dtype ? undefined : `expected dtype ${dtype}. Got ${tensor.dtype}`;
}

function nameOf(entry: FileWeight | undefined): string {
  return entry ? `'${shortText(entry.name)}'` : 'nothing';
}

export function stateError(model: LayersModel, fault: string): NormkitError {
  const { optimizer } = model as { optimizer?: Optimizer };
  const name = optimizer ? `${optimizer.getClassName()}'s state` : "the optimizer's state";
  return new NormkitError(
    'loadKerasModel',
    'weights',
    `${name}: ${fault}. With strict: false the state is left out, and training begins anew.`,
  );
}
