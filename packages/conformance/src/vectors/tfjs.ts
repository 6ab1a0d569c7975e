import { reshaped, sameShape, sizeOf } from './arrays.ts';
import type { TfjsLiteral, Values } from './data.ts';
import type { Call, Inputs, OutputName } from './entry.ts';
import { notStated, stated } from './stated.ts';

/** A call that TensorFlow.js's own tests made, as a call of ours, or why there is none. */
export function tfjsCall(entry: TfjsLiteral): Call | string {
  switch (entry.op) {
    case 'batchNorm':
    case 'batchNorm_grad':
    case 'batchNormalization':
      return givenStatistics(entry);
    case 'normalizeBatchInTraining':
      return batchStatistics(entry);
    case 'layer.apply':
      return layerCall(entry);
    case 'training':
      return 'a recorded training run of a model: the tests of @normkit/layers repeat it';
    case 'model.predict':
      return 'a prediction of a model: the tests of @normkit/layers repeat it';
    default:
      return `no op for ${entry.op}`;
  }
}

const gradientOf = { x: 'dx', mean: 'dmean', variance: 'dvariance', offset: 'dbeta', scale: 'dgamma' } as const;

function givenStatistics(entry: TfjsLiteral): Call {
  const { inputs, options = {}, wrt, expected } = entry;
  const { x, mean, variance, dy } = inputs;
  const given = { x, mean, variance, gamma: inputs.gamma ?? inputs.scale, beta: inputs.beta ?? inputs.offset };
  const output: OutputName = wrt ? gradientOf[wrt] : 'y';
  const call: Call = {
    op: 'batchNorm',
    options: { axis: options.axis ?? -1, epsilon: options.epsilon ?? 1e-3 },
    inputs: given,
    upstream: dy,
    expected: { [output]: expected },
    tolerance: stated(entry.tolerance),
  };
  return mean && x.shape.length > 1 && sameShape(mean.shape, x.shape) ? oneChannelPerElement(call) : call;
}

/** Statistics of x's own shape, where every element has its own: x is one row, and each element a channel. */
function oneChannelPerElement(call: Call): Call {
  const { x, gamma, beta, mean, variance } = call.inputs;
  const size = sizeOf(x.shape);
  const perElement = (values: Values | undefined) => {
    if (values && sizeOf(values.shape) !== size) notStated('parameter of the shape of its statistics');
    return values && reshaped(values, [size]);
  };
  const row = (values: Values) => reshaped(values, [1, size]);
  const outputs = Object.entries(call.expected).map(([name, values]) => {
    const isRow = name === 'y' || name === 'dx';
    return [name, values && (isRow ? row(values) : perElement(values))];
  });
  return {
    ...call,
    inputs: {
      x: row(x),
      gamma: perElement(gamma),
      beta: perElement(beta),
      mean: perElement(mean),
      variance: perElement(variance),
    },
    upstream: call.upstream && typeof call.upstream !== 'string' ? row(call.upstream) : undefined,
    expected: Object.fromEntries(outputs) as Call['expected'],
  };
}

/** `normalizeBatchInTraining` reduces leading axes; all that it keeps become one axis of channels. */
function batchStatistics(entry: TfjsLiteral): Call | string {
  const { inputs, options = {}, output, expected } = entry;
  const { x, gamma, beta } = inputs;
  const reduced = options.reductionAxes ?? notStated('reductionAxes');
  if (reduced.some((axis, index) => axis !== index)) return 'reduces axes that are not the leading ones';
  const channels = sizeOf(x.shape.slice(reduced.length));
  const perChannel = (values: Values | undefined) => values && reshaped(values, [channels]);
  const rows = (values: Values) => reshaped(values, [sizeOf(x.shape) / channels, channels]);
  const name = output === 'mean' || output === 'variance' ? output : 'y';
  return {
    op: 'batchNormWithStats',
    options: { axis: -1, epsilon: options.epsilon ?? 1e-3 },
    inputs: { x: rows(x), gamma: perChannel(gamma), beta: perChannel(beta) },
    expected: { [name]: name === 'y' ? rows(expected) : perChannel(expected) },
    tolerance: stated(entry.tolerance),
  };
}

/** A layer that is applied with the weights it is given, and has no state to change. */
function layerCall({
  layer,
  config = {},
  weights = {},
  inputs: { x },
  expected,
  ...entry
}: TfjsLiteral): Call | string {
  const options = { axis: config.axis ?? -1, epsilon: config.epsilon ?? 1e-3 };
  const { gamma, beta, moving_mean: mean, moving_variance: variance } = weights;
  const affine: Inputs = { x, gamma, beta };
  const shared = { options, expected: { y: expected }, tolerance: stated(entry.tolerance) };
  if (layer === 'LayerNormalization') return { op: 'layerNorm', inputs: affine, ...shared };
  if (layer === 'BatchNormalization') return { op: 'batchNorm', inputs: { ...affine, mean, variance }, ...shared };
  return `no op for the layer ${layer}`;
}
