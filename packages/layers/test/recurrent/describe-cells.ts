import { readFileSync } from 'node:fs';
import * as normkit from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { distance, numbers, tensorOf, type Values, valuesOf } from '../values.ts';
import { type CellName, type CellWeights, type Matrix, outputsOf } from './cell-definitions.ts';

interface TorchCase {
  readonly cell: CellName;
  readonly lengths: readonly number[];
  readonly x: Values;
  readonly dy: Values;
  readonly weights: Readonly<Record<string, Values>>;
  readonly y: Values;
  readonly gradients: Readonly<Record<string, Values>>;
}

/** TensorFlow.js's namespace does not export it. */
export type RNNCell = Exclude<Parameters<typeof tf.layers.rnn>[0]['cell'], unknown[]>;

/** Made by torch-cells.py, which stands beside it. */
const { cases } = JSON.parse(readFileSync(new URL('torch-cells.json', import.meta.url), 'utf8')) as {
  cases: TorchCase[];
};

export const cells: Readonly<Record<CellName, (args: { units: number }) => RNNCell>> = {
  LayerNormLSTMCell: normkit.layerNormLSTMCell,
  LayerNormSimpleRNNCell: normkit.layerNormSimpleRNNCell,
  LayerNormGRUCell: normkit.layerNormGRUCell,
};

/** The cells on the current backend, against PyTorch and against their definitions. */
export function describeCells(backend: string): void {
  describe(`cells with layer normalization on ${backend}`, () => {
    it.each(cases)('$cell: outputs and gradients of PyTorch, for sequences of different lengths', (entry) => {
      tf.tidy(() => {
        const { cell, lengths, x, dy, weights, y, gradients } = entry;
        const layer = tf.layers.rnn({ cell: cells[cell]({ units: y.shape[2] ?? 0 }), returnSequences: true });
        const received = run(
          layer,
          tensorOf(x),
          tensorOf(dy),
          maskOf(lengths, x.shape[1] ?? 0),
          Object.values(weights).map(tensorOf),
        );
        expect(layer.weights.map(nameOf)).toEqual(Object.keys(weights));
        expect(distance(received.y, y)).toBeLessThan(2e-6);
        for (const [name, gradient] of Object.entries(gradients)) {
          expect(relativeDistance(received.gradients[name], gradient), name).toBeLessThan(1e-5);
        }
      });
    });

    it.each(Object.keys(cells) as CellName[])(
      '%s: two of them, by definition, and gradients by central differences',
      (cell) => {
        tf.tidy(() => {
          const sizes = [3, 4];
          const layer = tf.layers.rnn({ cell: sizes.map((units) => cells[cell]({ units })), returnSequences: true });
          const [x, dy] = [numbers([2, 3, 4], 1), numbers([2, 3, 4], 2)];
          const seen = [
            [true, true, true],
            [false, true, true],
          ];
          layer.build(x.shape);
          const weights = layer.weights.map(({ shape }, index) => numbers(shape as number[], 20 + index, 0.5, 0.5));
          const received = run(layer, x, dy, tf.tensor(seen), weights);
          const loss = lossByDefinition(cell, seen, dy);
          const given = [x, ...weights].map((tensor) => ({ shape: tensor.shape, data: valuesOf(tensor) }));
          const { outputs } = loss(given);
          expect(distance(received.y, { shape: [2, 3, 4], data: outputs.flat(2) })).toBeLessThan(1e-5);
          for (const [index, name] of ['x', ...layer.weights.map(nameOf)].entries()) {
            const expected = centralDifferences(given, index, (values) => loss(values).value);
            expect(relativeDistance(received.all[index], expected), name).toBeLessThan(2e-5);
          }
        });
      },
    );
  });
}

interface Ran {
  readonly y: tf.Tensor;
  /** Of x and each weight, by name, and in order. */
  readonly gradients: Readonly<Record<string, tf.Tensor>>;
  readonly all: readonly tf.Tensor[];
}

/** Outputs, and gradients of Σ y · dy. */
function run(layer: tf.layers.Layer, x: tf.Tensor, dy: tf.Tensor, mask: tf.Tensor, weights: tf.Tensor[]): Ran {
  if (!layer.built) layer.build(x.shape);
  layer.setWeights(weights);
  const call = (input: tf.Tensor) => layer.apply(input, { mask, training: true }) as tf.Tensor;
  const loss = (input: tf.Tensor) => tf.sum(tf.mul(call(input), dy)) as tf.Scalar;
  const variables = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { grads } = tf.variableGrads(() => loss(x), variables);
  const all = [tf.grad(loss)(x), ...variables.map(({ name }) => grads[name] ?? tf.scalar(Number.NaN))];
  const names = ['x', ...layer.trainableWeights.map(nameOf)];
  return {
    y: call(x),
    all,
    gradients: Object.fromEntries(names.map((name, i) => [name, all[i] ?? tf.scalar(Number.NaN)])),
  };
}

function maskOf(lengths: readonly number[], time: number): tf.Tensor {
  return tf.tensor(lengths.map((length) => Array.from({ length: time }, (_, step) => step < length)));
}

/** `kernel_norm/gamma` of `layer_norm_lstm_cell/kernel_norm/gamma`, also in several layers and models. */
export function nameOf({ originalName }: tf.LayerVariable): string {
  return originalName.replace(/^.*layer_norm_\w+_cell\w*\//, '');
}

type Rows = (values: Values) => Matrix;
const rows: Rows = ({ shape, data }) => {
  const width = shape.at(-1) ?? 1;
  return Array.from({ length: data.length / width }, (_, row) => data.slice(row * width, (row + 1) * width));
};

function lossByDefinition(cell: CellName, seen: readonly boolean[][], dy: tf.Tensor) {
  const targets = rows({ shape: dy.shape, data: valuesOf(dy) });
  return ([x, ...weights]: readonly Values[]): { value: number; outputs: number[][][] } => {
    const perLayer = weights.length / 2;
    const layers = [0, 1].map((layer): CellWeights => {
      const [kernel = [], recurrentKernel = [], bias = [], ...norms] = weights
        .slice(layer * perLayer, (layer + 1) * perLayer)
        .map(rows);
      return { kernel, recurrentKernel, bias, norms: norms.flat() };
    });
    const inputs = x ? rows(x) : [];
    const time = inputs.length / seen.length;
    const outputs = seen.map((mask, sample) =>
      outputsOf(cell, inputs.slice(sample * time, (sample + 1) * time), mask, layers).map((row) => [...row]),
    );
    const flat = outputs.flat();
    const value = targets.reduce(
      (sum, row, index) => sum + row.reduce((part, d, k) => part + d * (flat[index]?.[k] ?? 0), 0),
      0,
    );
    return { value, outputs };
  };
}

/** (f(v + h) − f(v − h)) / 2h of one of the arguments, in double precision. */
function centralDifferences(given: readonly Values[], index: number, f: (values: readonly Values[]) => number): Values {
  const argument = given[index] ?? { shape: [0], data: [] };
  const step = 1e-5;
  const moved = (element: number, by: number) =>
    f(
      given.map((values, i) =>
        i === index ? { ...values, data: values.data.with(element, (values.data[element] ?? 0) + by) } : values,
      ),
    );
  const data = argument.data.map((_, element) => (moved(element, step) - moved(element, -step)) / (2 * step));
  return { shape: argument.shape, data };
}

function relativeDistance(received: tf.Tensor | undefined, expected: Values): number {
  if (!received) return Number.NaN;
  return distance(received, expected) / Math.max(1, ...expected.data.map(Math.abs));
}
