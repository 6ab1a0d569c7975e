import { batchNormWithStats } from '@normkit/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { precisionAt } from '../available.ts';
import type { Precision } from '../cases.ts';
import { firstDifference } from '../compare.ts';
import { testedNorm } from '../tested-norms.ts';
import { sameShape } from './arrays.ts';
import type { Values } from './data.ts';
import type { Call, InputName, Loss, MovingAverages, OutputName } from './entry.ts';
import { allowedError } from './tolerance.ts';

/** Runs one call on the current backend, and throws with the first value that is too far off. */
export async function runCall(call: Call, precision: Precision): Promise<void> {
  const outputs = tf.tidy(() => compute(call));
  const expected = entriesOf(call.expected);
  const asked = precisionOfCall(call, precision);
  if (expected.length === 0) throw new Error('nothing is expected of this call');
  for (const [name, wanted] of expected) {
    const received = outputs[name];
    if (!received) throw new Error(`${call.op} has no output ${name}`);
    if (!sameShape(received.shape, wanted.shape)) {
      throw new Error(`${name} has shape [${received.shape}], expected [${wanted.shape}]`);
    }
    const values = (await received.data()) as Float32Array;
    const difference = firstDifference(name, values, wanted.data, allowedError(call, name, asked));
    if (difference) throw new Error(`${difference} (${call.op} on backend '${tf.getBackend()}')`);
  }
  tf.dispose(outputs);
}

function precisionOfCall({ op, options, inputs }: Call, precision: Precision): Precision {
  const kind = op === 'batchNormWithStats' ? 'batchNorm' : op;
  return precisionAt(precision, testedNorm({ kind }).op, inputs.x.shape, options);
}

type Tensors = { x: Tensor } & Partial<Record<InputName, Tensor>>;
type Statistics = { y: Tensor; mean?: Tensor; variance?: Tensor };
type Outputs = Partial<Record<OutputName, Tensor>>;

function compute(call: Call): Outputs {
  const inputs = Object.fromEntries(
    entriesOf(call.inputs).map(([name, values]) => [name, tensorOf(values)]),
  ) as Tensors;
  const { y, mean, variance } = applyOp(call, inputs);
  const outputs: Outputs = { y, ...(mean && { mean }), ...(variance && { variance }) };
  if (call.moving && mean && variance) Object.assign(outputs, afterTraining(call, call.moving, inputs, mean, variance));
  return Object.assign(outputs, gradients(call, inputs));
}

function applyOp({ op, options, finish }: Call, { x, gamma, beta, mean, variance }: Tensors): Statistics {
  const { axis, groups, epsilon } = options;
  const after = (y: Tensor) => {
    if (finish === 'relu') return tf.relu(y);
    return finish ? tf.mul(y, finish.multiplyBy) : y;
  };
  if (op === 'batchNormWithStats') {
    const { y, ...statistics } = batchNormWithStats(x, { axis: Number(axis), epsilon, gamma, beta });
    return { y: after(y), ...statistics };
  }
  const given = Object.entries({ groups, beta, mean, variance }).filter(([, value]) => value !== undefined);
  const all = { axis, epsilon, gamma, ...Object.fromEntries(given) };
  return { y: after(testedNorm({ kind: op }).op(x, all as never)) };
}

function afterTraining(call: Call, moving: MovingAverages, inputs: Tensors, mean: Tensor, variance: Tensor): Outputs {
  const count = inputs.x.size / mean.size;
  const average = (before: Values, batch: Tensor) =>
    tf.add(tf.mul(tensorOf(before), 1 - moving.newWeight), tf.mul(batch, moving.newWeight));
  const movingMean = average(moving.mean, mean);
  const movingVariance = average(moving.variance, moving.unbiased ? tf.mul(variance, count / (count - 1)) : variance);
  const averages = { movingMean, movingVariance };
  if (!moving.thenInfer) return averages;
  const given = { ...inputs, mean: movingMean, variance: movingVariance };
  return { ...averages, y: applyOp({ ...call, op: 'batchNorm' }, given).y };
}

/** The gradients that are expected, of the loss or along the gradient that is stated. */
function gradients(call: Call, inputs: Tensors): Outputs {
  const { upstream } = call;
  const names = (Object.keys(inputs) as InputName[]).filter((name) => call.expected[`d${name}`]);
  if (names.length === 0) return {};
  if (upstream === undefined) throw new Error('gradients are expected, and neither dy nor a loss is stated');
  const f = (...moved: Tensor[]) => {
    const y = applyOp(call, { ...inputs, ...Object.fromEntries(names.map((name, index) => [name, moved[index]])) }).y;
    return typeof upstream === 'string' ? losses[upstream](y) : y;
  };
  const given = names.flatMap((name) => inputs[name] ?? []);
  const results = tf.grads(f)(given, typeof upstream === 'string' ? undefined : tensorOf(upstream));
  return Object.fromEntries(names.map((name, index) => [`d${name}`, results[index]])) as Outputs;
}

const losses: Record<Loss, (y: Tensor) => Tensor> = {
  'sum(y)': (y) => tf.sum(y),
  'sum(y^2)': (y) => tf.sum(tf.square(y)),
  'mean(exp(y))': (y) => tf.mean(tf.exp(y)),
};

function tensorOf({ shape, data }: Values): Tensor {
  return tf.tensor(Float32Array.from(data), [...shape]);
}

function entriesOf<Name extends string>(record: Partial<Record<Name, Values | undefined>>): [Name, Values][] {
  return (Object.entries(record) as [Name, Values | undefined][]).flatMap(([name, values]): [Name, Values][] =>
    values ? [[name, values]] : [],
  );
}
