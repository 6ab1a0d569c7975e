import { NormkitError } from '@normkit/core';
import {
  checkOptions,
  checkStatistic,
  checkTensor,
  inspectStatistic,
  listText,
  shapeText,
  valueText,
} from '@normkit/core/checks';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable, layers } from '@tensorflow/tfjs-layers';
import { isLayerOfAnyCopy } from '../arguments/other-copies.ts';
import type { TorchWeight } from '../registry/layer-class.ts';
import { coveredClass, coveredNames } from '../registry/register.ts';

/** A PyTorch state dict: values by the names of parameters and buffers. Typed arrays may be flat. */
export type TorchStateDict = Readonly<Record<string, tf.Tensor | tf.TensorLike | BigInt64Array>>;

export interface TorchOptions {
  /** The name of the module in the state dict: `features.1` for `features.1.weight`. Default: none. */
  readonly prefix?: string | undefined;
  /**
   * Over how many values of a channel PyTorch took each variance (N·H·W of a batch). PyTorch keeps the unbiased
   * estimate, Σ(x − mean)² / (count − 1). Keras keeps the population's variance, Σ(x − mean)² / count. With a count the
   * variance is converted. Without it the value is taken as it is, which differs by the factor (count − 1) / count.
   */
  readonly count?: number | undefined;
}

/**
 * PyTorch's name for the number of batches that a module has seen. The number does not change what the module computes,
 * so a state dict may lack it, or have it for a layer that does not count.
 */
const batchCount = 'num_batches_tracked';

/** A weight of a layer, and what it is in PyTorch. */
type Counterpart = TorchWeight & { readonly weight: LayerVariable };

/**
 * Sets the weights of a built layer to those of PyTorch's GroupNorm, InstanceNorm, LayerNorm, RMSNorm or BatchNorm:
 * `weight`, `bias`, `running_mean`, `running_var`. Settings are not in a state dict: give the layer the module's
 * `epsilon` (PyTorch's default is 1e-5), and 1 − the module's `momentum` (0.1 there is 0.9 here). The values for a
 * layer norm over several axes must be in the order of the layer's axes: transpose the values of a channels-first
 * module.
 *
 * @throws NormkitError where the layer is not built or has no counterpart, and where a name or shape does not fit.
 * Nothing has been changed then.
 */
export function fromTorch(layer: layers.Layer, stateDict: TorchStateDict, options: TorchOptions = {}): void {
  const op = 'fromTorch';
  const counterparts = counterpartsOf(op, layer);
  const { prefix, factor } = readOptions(op, options, (count) => (count - 1) / count);
  const names = counterparts.map(({ name }) => name);
  checkNames(op, layer, names, stateDict, prefix);
  tf.tidy(() => {
    const values = counterparts.flatMap(({ name, statistic, isUnbiased, weight }) => {
      const value = stateDict[prefix + name];
      if (value === undefined) return [];
      const tensor = tensorOf(op, name, value, weight);
      if (statistic) {
        inspectStatistic(tensor);
        checkStatistic(op, name, statistic, tensor, `${name} of ${layer.name}`);
      }
      return [{ weight, value: isUnbiased ? tf.mul(tensor, factor) : tensor }];
    });
    for (const { weight, value } of values) weight.write(value);
  });
}

/**
 * The weights of a built layer as PyTorch's `load_state_dict` takes them: new tensors, which are the caller's to
 * dispose. Everything said of {@link fromTorch} holds in reverse.
 *
 * @throws NormkitError where the layer is not built or has no counterpart.
 */
export function toTorch(layer: layers.Layer, options: TorchOptions = {}): Record<string, tf.Tensor> {
  const op = 'toTorch';
  const counterparts = counterpartsOf(op, layer);
  const { prefix, factor } = readOptions(op, options, (count) => count / (count - 1));
  return tf.tidy(() => {
    const stateDict: Record<string, tf.Tensor> = {};
    for (const { name, isUnbiased, weight } of counterparts) {
      const value = weight.read();
      stateDict[prefix + name] = isUnbiased ? tf.mul(value, factor) : tf.clone(value);
    }
    const hasStatistics = counterparts.some(({ statistic }) => statistic !== undefined);
    if (hasStatistics) stateDict[prefix + batchCount] ??= tf.scalar(0, 'int32');
    return stateDict;
  });
}

/** The weights of a layer that PyTorch has too, in the layer's order. */
function counterpartsOf(op: string, layer: layers.Layer): Counterpart[] {
  const className = isLayerOfAnyCopy(layer) ? layer.getClassName() : valueText(layer);
  const torch = coveredClass(className)?.torch;
  if (!torch) {
    const names = coveredNames.filter((name) => coveredClass(name)?.torch);
    throw new NormkitError(
      op,
      'layer',
      `layer must be of a class that PyTorch has too: ${listText(names)}. Got ${className}.`,
    );
  }
  if (!layer.built) {
    throw new NormkitError(
      op,
      'layer',
      `${layer.name} has no weights yet: put it into a model, or call its build with the shape of its input, first.`,
    );
  }
  return layer.weights.flatMap((weight) => {
    const counterpart = torch[weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1)];
    return counterpart === undefined ? [] : [{ ...counterpart, weight }];
  });
}

function readOptions(
  op: string,
  options: TorchOptions,
  convert: (count: number) => number,
): { prefix: string; factor: number } {
  checkOptions(op, options, ['prefix', 'count']);
  const { prefix = '', count } = options;
  if (count !== undefined && !(Number.isInteger(count) && count > 1)) {
    throw new NormkitError(
      op,
      'count',
      `count must be an integer above 1: the values of a channel in a batch. Got ${valueText(count)}.`,
    );
  }
  return {
    prefix: prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`,
    factor: count === undefined ? 1 : convert(count),
  };
}

/** Checks that the module has the weights of the layer and no others. The count of batches is left aside. */
function checkNames(
  op: string,
  layer: layers.Layer,
  expected: readonly string[],
  stateDict: TorchStateDict,
  prefix: string,
): void {
  const isMap = (stateDict as unknown) instanceof Map;
  if (typeof stateDict !== 'object' || stateDict === null || Array.isArray(stateDict) || isMap) {
    const advice = isMap ? '; write Object.fromEntries(map)' : ", as torch's state_dict() has them";
    throw new NormkitError(
      op,
      'stateDict',
      `stateDict must be an object with values by name, { weight: … }. Got ${valueText(stateDict)}${advice}.`,
    );
  }
  const all = Object.keys(stateDict);
  const names = all.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const own = names.filter((name) => !name.includes('.'));
  const missing = expected.find((name) => name !== batchCount && !own.includes(name));
  const unexpected = own.find((name) => name !== batchCount && !expected.includes(name));
  if (missing === undefined && unexpected === undefined) return;
  const wanted = expected.length === 0 ? 'nothing' : listText(expected).replace(' or ', ' and ');
  const got = own.length === 0 ? 'none of them' : own.join(', ');
  const advice =
    own.length === 0 && all.length > 0
      ? modulesText(all)
      : 'a layer with scale: false has no weight, and one with center: false no bias';
  throw new NormkitError(
    op,
    'stateDict',
    `${layer.name} (${layer.getClassName()}) takes ${wanted}${prefix && ` under '${prefix.slice(0, -1)}'`}. Got ${got}; ${advice}.`,
  );
}

/** What a prefix may be: the modules in the state dict, at most a dozen of them. */
function modulesText(names: readonly string[]): string {
  const modules = [
    ...new Set(names.flatMap((name) => (name.includes('.') ? [name.slice(0, name.lastIndexOf('.'))] : []))),
  ];
  if (modules.length === 0) return 'leave out the prefix; the state dict has no modules';
  const shown = modules.slice(0, 12).map((name) => `'${name}'`);
  const rest = modules.length > shown.length ? ` and ${modules.length - shown.length} more` : '';
  return `give the module as prefix; the state dict has ${shown.join(', ')}${rest}`;
}

function tensorOf(op: string, name: string, value: TorchStateDict[string], weight: LayerVariable): tf.Tensor {
  const shape = weight.shape as number[];
  const numbers = value instanceof BigInt64Array ? Float32Array.from(value, Number) : value;
  const tensor = tf.cast(checkTensor(op, name, numbers), weight.dtype);
  const isFlat = ArrayBuffer.isView(value) && tensor.size === tf.util.sizeFromShape(shape);
  if (isFlat || shapeText(tensor.shape) === shapeText(shape)) return tf.reshape(tensor, shape);
  const sorted = (extents: readonly number[]) => shapeText([...extents].sort((a, b) => a - b));
  const advice = sorted(tensor.shape) === sorted(shape) ? "; transpose it to the order of the layer's axes" : '';
  throw new NormkitError(
    op,
    name,
    `${name} must have shape ${shapeText(shape)}. Got ${shapeText(tensor.shape)}${advice}.`,
  );
}
