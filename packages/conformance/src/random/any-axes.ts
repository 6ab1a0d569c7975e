import { normTraits } from '@normkit/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { definitionOver, normOver } from '../any-axes.ts';
import { precisionAt } from '../available.ts';
import type { Precision } from '../cases.ts';
import { firstDifference, tolerances } from '../compare.ts';
import { askOracle } from '../oracle.ts';
import { randomValues, sizeOf } from './examples.ts';

/** A list of axes as a plan is made from it, whether or not there is a norm that makes such a list. */
const lists = fc
  .record({
    axes: fc.array(
      fc.record({ size: fc.constantFrom(1, 2, 3, 5, 8, 17, 33), ownStats: fc.boolean(), ownAffine: fc.boolean() }),
      { minLength: 1, maxLength: 6 },
    ),
    useMean: fc.boolean(),
    hasGamma: fc.boolean(),
    hasBeta: fc.boolean(),
    hasWeights: fc.boolean(),
    seed: fc.integer(),
  })
  .filter(({ axes }) => sizeOf(axes.map(({ size }) => size)) <= 4000);

/** Forward and backward over any axes agree with the definition by index tuples, within the numeric contract. */
export function agreesOverAnyAxes(precision: Precision): fc.IAsyncProperty<unknown> {
  return fc.asyncProperty(lists, async ({ axes, useMean, hasGamma, hasBeta, hasWeights, seed }) => {
    const shape = axes.map(({ size }) => size);
    const parameters = axes.flatMap(({ size, ownAffine }) => (ownAffine ? [size] : []));
    const { x, dy, ...both } = randomValues(sizeOf(shape), sizeOf(parameters), seed);
    const weights = hasWeights ? { mask: x.map((value) => 0.2 + Math.abs(value)) } : {};
    const given = { ...(hasGamma && { gamma: both.gamma }), ...(hasBeta && { beta: both.beta }) };
    const answer = askOracle({
      kind: 'any axes',
      shape,
      axis: [],
      epsilon: 1e-3,
      definition: definitionOver(axes, useMean),
      x,
      dy,
      weights: weights.mask,
      ...given,
    });
    const op = normOver(axes, useMean);
    const isComposed = hasWeights && !normTraits(tf.getBackend())?.extras?.includes('weights');
    const allowed = tolerances(answer, isComposed ? 'float32' : precisionAt(precision, op, shape, {}));
    const received = await results(op, { x, dy, ...weights, ...given }, shape, parameters);
    for (const [what, values] of Object.entries(received)) {
      const name = what as keyof typeof allowed;
      const difference = firstDifference(name, values, answer[name], allowed[name]);
      if (difference) throw new Error(difference);
    }
  });
}

type Values = Readonly<Record<'x' | 'dy', Float32Array> & Partial<Record<'gamma' | 'beta' | 'mask', Float32Array>>>;

async function results(
  op: ReturnType<typeof normOver>,
  { x, dy, ...given }: Values,
  shape: number[],
  parameters: number[],
): Promise<Record<string, Float32Array>> {
  const names = Object.keys(given);
  const tensors = [
    tf.tensor(x, shape),
    ...Object.entries(given).map(([name, values]) => tf.tensor(values, name === 'mask' ? shape : parameters)),
  ];
  const f = (input: Tensor, ...others: Tensor[]) =>
    op(input, Object.fromEntries(others.map((tensor, index) => [names[index], tensor])));
  const upstream = tf.tensor(dy, shape);
  const { value, grads } = tf.valueAndGrads(f as (...all: Tensor[]) => Tensor)(tensors, upstream);
  const outputs = {
    y: value,
    ...Object.fromEntries(
      grads
        .map((gradient, index): [string, Tensor] => [`d${['x', ...names][index]}`, gradient])
        .filter(([name]) => name !== 'dmask'),
    ),
  };
  const entries = Object.entries(outputs).map(async ([name, tensor]) => [name, await tensor.data()] as const);
  const read = Object.fromEntries(await Promise.all(entries)) as Record<string, Float32Array>;
  tf.dispose([tensors, upstream, value, grads]);
  return read;
}
