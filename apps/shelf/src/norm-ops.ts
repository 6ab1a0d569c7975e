import type { NormDefinition, NormKind, NormOp } from '@normkit/core';
import * as normkit from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import type { StockLayer } from './stock-layers.ts';

/** A differentiable function, and what it is differentiated by: x, gamma and, where there is one, beta. */
export interface Op {
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor;
  readonly inputs: tf.Tensor[];
  readonly dispose: () => void;
}

export interface NormSettings {
  readonly axis: number;
  /** Of a norm that has groups; the others do without. */
  readonly groups?: number | undefined;
  readonly epsilon?: number | undefined;
}

type Inputs = readonly [x: tf.Tensor, ...parameters: tf.Tensor[]];

/** normkit's ops, by the names of their definitions. */
const OPS = new Map(
  Object.values(normkit).flatMap((one) =>
    typeof one === 'function' && 'definition' in one ? [[one.definition.name, one as NormOp<object>] as const] : [],
  ),
);

function opOf(norm: NormKind): NormOp<object> {
  const op = OPS.get(norm);
  if (!op) throw new RangeError(`normkit has no ${norm}; it has ${[...OPS.keys()].join(', ')}`);
  return op;
}

/** What a norm says of itself. */
export function definitionOf(norm: NormKind): NormDefinition {
  return opOf(norm).definition;
}

/** normkit's op on its inputs, which it disposes of in the end: fused or composed, as the current backend has it. */
export function normkitOp(norm: NormKind, inputs: Inputs, { axis, groups, epsilon }: NormSettings): Op {
  const op = opOf(norm);
  const { options, parameters } = op.definition;
  // One object for all calls: a spread into a new one is slow beside a small norm.
  const given: Record<string, unknown> = { axis, epsilon, ...('groups' in options && { groups }) };
  const run: Op['run'] = (x, ...values) => {
    for (const [index, name] of parameters.entries()) given[name] = values[index];
    return op(x as tf.Tensor, given);
  };
  return { run, inputs: [...inputs], dispose: () => tf.dispose([...inputs]) };
}

/** A layer of TensorFlow.js that trains, on the same inputs as {@link normkitOp}. */
export function stockOp({ create }: StockLayer, [x, ...parameters]: Inputs, { axis, epsilon }: NormSettings): Op {
  const layer = create({ axis, ...(epsilon !== undefined && { epsilon }) });
  layer.build([...x.shape]);
  layer.setWeights([...parameters, ...layer.getWeights().slice(2)]);
  tf.dispose(parameters);
  return {
    run: (input) => layer.apply(input as tf.Tensor, { training: true }) as tf.Tensor,
    // The weights themselves: the layer reads them, whatever it is called with.
    inputs: [x, ...layer.trainableWeights.map((weight) => weight.read())],
    // The layer's own dispose() refuses one that was never part of a model.
    dispose: () => {
      x.dispose();
      for (const weight of layer.weights) weight.dispose();
    },
  };
}
