import { askOracle } from '../oracle.ts';
import { axesFrom, filled, sizeOf } from './arrays.ts';
import type { LayerLiteral, LiteralEntry, Values } from './data.ts';
import type { Call, Entry, Inputs, Loss, MovingAverages, Op } from './entry.ts';
import { stated } from './stated.ts';
import { tfjsCall } from './tfjs.ts';

/** Numbers written out in the test suites of other libraries. */
export function literalEntries(entries: readonly LiteralEntry[]): Entry[] {
  return entries.map((entry) => {
    const name = entry.op === undefined ? entry.id : `${entry.id} ${entry.name}`;
    const call = entry.op === undefined ? layerCall(entry) : tfjsCall(entry);
    return typeof call === 'string' ? { name, notApplicable: call } : { name, calls: [call] };
  });
}

function layerCall(entry: LayerLiteral): Call | string {
  switch (entry.layer) {
    case 'GroupNormalization':
      return plainCall(entry, 'groupNorm');
    case 'InstanceNormalization':
      return plainCall(entry, 'instanceNorm');
    case 'LayerNormalization':
      return entry.config.rms_scaling
        ? 'rms_scaling of LayerNormalization, a layer and not an op: the tests of @normkit/layers run it'
        : plainCall(entry, 'layerNorm');
    case 'RMSNormalization':
      return plainCall(entry, 'rmsNorm');
    case 'BatchNormalization':
      return entry.config.training ? trainingCall(entry) : plainCall(entry, 'batchNorm');
    case 'LpNormalize':
      return unitCall(entry);
    case 'LocalResponseNormalization':
      return 'no op for local response normalization';
    default:
      return `no op for ${entry.layer}`;
  }
}

function plainCall(entry: LayerLiteral, op: Op): Call {
  const { config, inputs, expected } = entry;
  const { mean, variance } = inputs;
  return {
    op,
    options: { axis: config.axis ?? -1, groups: config.groups, epsilon: config.epsilon },
    inputs: op === 'batchNorm' ? { ...parameters(entry), mean, variance } : parameters(entry),
    upstream: inputs.dy ?? lossOf(entry),
    expected: { y: expected.y, dx: expected.dx, dgamma: expected.dgamma, dbeta: expected.dbeta },
    tolerance: stated(entry.tolerance),
  };
}

function trainingCall(entry: LayerLiteral): Call {
  const { running_mean, running_var, batch_mean: mean, batch_variance: variance } = entry.expected;
  const call = plainCall(entry, 'batchNormWithStats');
  const training: Call = {
    ...call,
    moving: movingAverages(entry),
    expected: { ...call.expected, mean, variance, movingMean: running_mean, movingVariance: running_var },
  };
  return entry.check === 'manual' ? withoutCancellation(training) : training;
}

/**
 * XLA's note to this case: of {1e7, 1e7 + 1} two passes in float32 may say variance 0.5 (it is 0.25), and then y is
 * {0, √2} instead of ±1. Ours are exact to float32, so ours must be near 0.25 and ±1.
 */
function withoutCancellation(call: Call): Call {
  const { shape } = call.inputs.x;
  const expected = { ...call.expected, variance: { shape: [1], data: [0.25] }, y: { shape, data: [-1, 1] } };
  return { ...call, expected };
}

function movingAverages({ config, inputs }: LayerLiteral): MovingAverages | undefined {
  const { running_mean0: mean, running_var0: variance } = inputs;
  if (!mean || !variance) return undefined;
  return {
    mean,
    variance,
    newWeight: config.momentum_new_weight ?? 0,
    unbiased: config.running_var?.startsWith('unbiased') ?? false,
    thenInfer: config.training === 'train once on x, then inference on x',
  };
}

/** Keras's `normalize` divides by max(‖x‖, epsilon). */
function unitCall(entry: LayerLiteral): Call | string {
  const { config, inputs } = entry;
  if (config.order !== 2) return `a norm of order ${config.order}, not 2`;
  const { shape, data } = inputs.x;
  const axes = config.axis === null ? axesFrom(0, shape.length) : [config.axis].flat();
  const count = sizeOf(axes.map((axis) => shape.at(axis) ?? 1));
  const { variance: meanSquares } = askOracle({ kind: 'rmsNorm', shape, axis: axes, epsilon: 0, x: data });
  const isShort = meanSquares.some((square) => Math.sqrt(count * square) < config.epsilon);
  if (isShort) return 'a vector shorter than epsilon is divided by epsilon';
  const call = plainCall(entry, 'rmsNorm');
  return { ...call, options: { axis: axes, epsilon: 0 }, finish: { multiplyBy: 1 / Math.sqrt(count) } };
}

/** Gradients of gamma and beta are asked of layers whose parameters are as they were created: ones and zeros. */
function parameters({ config, inputs, expected }: LayerLiteral): Inputs {
  const { x } = inputs;
  const shape = [config.axis ?? -1].flat().map((axis) => x.shape.at(axis) ?? 1);
  const initial = (value: number, gradient: Values | undefined) => gradient && filled(shape, value);
  return {
    x,
    gamma: inputs.gamma ?? initial(1, expected.dgamma),
    beta: inputs.beta ?? initial(0, expected.dbeta),
  };
}

function lossOf({ loss }: LayerLiteral): Loss | undefined {
  if (loss === undefined || loss === 'sum(y)' || loss === 'sum(y^2)' || loss === 'mean(exp(y))') return loss;
  throw new Error(`an unknown loss: ${loss}`);
}
