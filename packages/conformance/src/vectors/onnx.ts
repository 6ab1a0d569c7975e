import { axesFrom, sizeOf } from './arrays.ts';
import type { OnnxEntry, Values } from './data.ts';
import type { Call, Entry } from './entry.ts';
import { notStated, stated } from './stated.ts';

/** ONNX's node tests: channels first, epsilon 1e-5 where none is given. */
export function onnxEntries(entries: readonly OnnxEntry[]): Entry[] {
  return entries.map((entry) => {
    const calls = callsOf(entry);
    return typeof calls === 'string' ? { name: entry.name, notApplicable: calls } : { name: entry.name, calls };
  });
}

function callsOf(entry: OnnxEntry): Call[] | string {
  const { op, options, inputs, outputs } = entry;
  const { input: x, scale: gamma, bias: beta } = inputs;
  const rank = x.shape.length;
  const epsilon = options.epsilon ?? 1e-5;
  const shared = { expected: { y: outputs.y }, tolerance: stated(entry.tolerance) };
  switch (op) {
    case 'BatchNormalization':
      return [batchNormCall(entry, epsilon)];
    case 'GroupNormalization':
      return [
        {
          op: 'groupNorm',
          options: { axis: 1, groups: options.num_groups, epsilon },
          inputs: { x, gamma, beta },
          ...shared,
        },
      ];
    case 'InstanceNormalization':
      return [{ op: 'instanceNorm', options: { axis: 1, epsilon }, inputs: { x, gamma, beta }, ...shared }];
    case 'LayerNormalization': {
      const axis = axesFrom(options.axis ?? -1, rank);
      const call: Call = { op: 'layerNorm', options: { axis, epsilon }, inputs: { x, gamma, beta }, ...shared };
      return [call, ...statisticsCalls(entry, axis, epsilon)];
    }
    case 'RMSNormalization': {
      const axis = axesFrom(options.axis ?? -1, rank);
      return [{ op: 'rmsNorm', options: { axis, epsilon }, inputs: { x, gamma }, ...shared }];
    }
    case 'MeanVarianceNormalization':
      // ONNX adds 1e-9 to the deviation; inside the root the same number is far below float32's digits here.
      return [{ op: 'batchNorm', options: { axis: 1, epsilon: 1e-9 }, inputs: { x }, ...shared }];
    case 'LpNormalization': {
      if ((options.p ?? 2) !== 2) return `a norm of order ${options.p}, not 2`;
      const axis = options.axis ?? -1;
      const count = x.shape.at(axis) ?? 1;
      return [
        {
          op: 'rmsNorm',
          options: { axis, epsilon: 0 },
          inputs: { x },
          finish: { multiplyBy: 1 / Math.sqrt(count) },
          ...shared,
        },
      ];
    }
    case 'LRN':
      return 'no op for local response normalization';
    default:
      return `no op ${op}`;
  }
}

function batchNormCall(entry: OnnxEntry, epsilon: number): Call {
  const { options, inputs, outputs } = entry;
  const { input: x, scale: gamma, bias: beta } = inputs;
  const [mean, variance] = [inputs.mean ?? notStated('mean'), inputs.variance ?? notStated('variance')];
  const tolerance = stated(entry.tolerance);
  if (!options.training_mode) {
    const given = { x, gamma, beta, mean, variance };
    return { op: 'batchNorm', options: { axis: 1, epsilon }, inputs: given, expected: { y: outputs.y }, tolerance };
  }
  return {
    op: 'batchNormWithStats',
    options: { axis: 1, epsilon },
    inputs: { x, gamma, beta },
    // ONNX: running = given · momentum + batch · (1 − momentum), and the variance is the population's.
    moving: { mean, variance, newWeight: 1 - (options.momentum ?? 0.9), unbiased: false, thenInfer: false },
    expected: { y: outputs.y, movingMean: outputs.running_mean, movingVariance: outputs.running_var },
    tolerance,
  };
}

/** A layer norm's Mean and InvStdDev: those of a batch norm whose channels are the rows. */
function statisticsCalls({ inputs, outputs, tolerance }: OnnxEntry, axis: number[], epsilon: number): Call[] {
  const { mean, inv_std_dev: inverse } = outputs;
  if (!mean || !inverse || tolerance.metric !== 'ATOL_RTOL') return [];
  const { shape, data } = inputs.input;
  const rows = sizeOf(shape.slice(0, shape.length - axis.length));
  const perRow = (values: readonly number[]): Values => ({ shape: [rows], data: values });
  return [
    {
      op: 'batchNormWithStats',
      options: { axis: 0, epsilon },
      inputs: { x: { shape: [rows, data.length / rows], data } },
      expected: { mean: perRow(mean.data), variance: perRow(inverse.data.map((v) => 1 / v ** 2 - epsilon)) },
      // 1 / v² doubles the relative error of v.
      tolerance: { ...tolerance, rtol: 2 * tolerance.rtol },
    },
  ];
}
