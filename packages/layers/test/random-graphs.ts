import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';

/*
 * Small random graphs over tensors of [batch, steps, channels], built of stock layers, and what Keras's definition says
 * of them: a layer's mask is what the layer before it makes of its own mask.
 */

const steps = 4;
const channels = 3;

/** One call of a graph. `from` counts back from the newest value; `again` calls the last layer of this kind once more. */
export interface Step {
  readonly kind: Kind;
  readonly from: number;
  readonly also: number;
  readonly again: boolean;
  readonly inner: readonly Step[];
}

type Values = { readonly value: tf.Tensor; readonly mask: tf.Tensor | undefined };
type Define = (layer: tf.layers.Layer, ...inputs: Values[]) => Values;

const compute = (layer: tf.layers.Layer, ...inputs: Values[]) => {
  const [first, ...rest] = inputs.map(({ value }) => value);
  return layer.call(rest.length > 0 ? [first as tf.Tensor, ...rest] : (first as tf.Tensor), {}) as tf.Tensor;
};
const passesOn: Define = (layer, x) => ({ value: compute(layer, x), mask: x.mask });
const ends: Define = (layer, x) => ({ value: compute(layer, x), mask: undefined });

const both = (a: tf.Tensor | undefined, b: tf.Tensor | undefined) => (a && b ? tf.logicalAnd(a, b) : (a ?? b));

const { layers } = tf;

/** Each kind of layer, and its definition. */
const kinds = {
  masking: {
    create: () => layers.masking({ maskValue: 0 }),
    define: (layer, x) => ({ value: compute(layer, x), mask: tf.any(tf.notEqual(x.value, 0), -1) }),
  },
  dense: { create: () => layers.dense({ units: channels }), define: passesOn },
  relu: { create: () => layers.activation({ activation: 'relu' }), define: passesOn },
  dropout: { create: () => layers.dropout({ rate: 0 }), define: passesOn },
  convolution: { create: () => layers.conv1d({ filters: channels, kernelSize: 1 }), define: ends },
  padding: {
    create: () => layers.conv1d({ filters: channels, kernelSize: 3, padding: 'same' }),
    define: ends,
  },
  layerNorm: { create: () => layers.layerNormalization(), define: passesOn },
  batchNorm: { create: () => layers.batchNormalization({ momentum: 0 }), define: batchNorm },
  add: {
    create: () => layers.add(),
    define: (layer, x, y) => ({ value: compute(layer, x, y as Values), mask: both(x.mask, y?.mask) }),
  },
  eachStep: {
    create: () => layers.timeDistributed({ layer: layers.dense({ units: channels }) }),
    define: passesOn,
  },
} satisfies Record<string, { create: () => tf.layers.Layer; define: Define }>;

type Kind = keyof typeof kinds | 'model';

/** Batch norm in training: the elements of a step that is masked do not count, and are normalized all the same. */
function batchNorm(layer: tf.layers.Layer, { value, mask }: Values): Values {
  const { epsilon } = layer as unknown as { epsilon: number };
  const [gamma, beta] = layer.getWeights() as [tf.Tensor, tf.Tensor];
  const { mean, variance } = maskedMoments(value, mask);
  const normalized = tf.div(tf.sub(value, mean), tf.sqrt(tf.add(variance, epsilon)));
  return { value: tf.add(tf.mul(normalized, gamma), beta), mask };
}

function maskedMoments(value: tf.Tensor, mask: tf.Tensor | undefined): { mean: tf.Tensor; variance: tf.Tensor } {
  if (!mask) return tf.moments(value, [0, 1]);
  const weights = tf.expandDims(tf.cast(mask, 'float32'), -1);
  const count = tf.maximum(tf.sum(weights), 1e-30);
  const mean = tf.div(tf.sum(tf.mul(weights, value), [0, 1]), count);
  return { mean, variance: tf.div(tf.sum(tf.mul(weights, tf.square(tf.sub(value, mean))), [0, 1]), count) };
}

export interface RandomGraph {
  readonly model: tf.LayersModel;
  /** The output in training mode by definition, and whether any batch norm had a mask on the way. */
  define(x: tf.Tensor): { output: tf.Tensor; masked: boolean };
}

/** Builds a graph. The same steps and seed give the same weights. */
export function build(graph: readonly Step[], seed: number): RandomGraph {
  let masked = false;
  const x = tf.input({ shape: [steps, channels] });
  const { output, run } = connect(graph, x, (has) => {
    masked ||= has;
  });
  const model = tf.model({ inputs: x, outputs: output });
  for (const [index, weight] of model.weights.entries()) {
    const low = weight.originalName.endsWith('variance') ? 0.5 : -1;
    weight.write(tf.randomUniform(weight.shape as number[], low, 1.5, 'float32', seed + index));
  }
  return {
    model,
    define: (value) => {
      masked = false;
      return { output: run({ value, mask: undefined }).value, masked };
    },
  };
}

type Run = (x: Values) => Values;

/** Connects a graph to its input, and says how to run it by definition. */
function connect(graph: readonly Step[], input: tf.SymbolicTensor, onBatchNorm: (masked: boolean) => void) {
  const outputs: tf.SymbolicTensor[] = [input];
  const runs: ((values: Values[]) => Values)[] = [([x]) => x as Values];
  const last = new Map<Kind, { layer: tf.layers.Layer; run: (...inputs: Values[]) => Values }>();
  for (const { kind, from, also, again, inner } of graph) {
    const indices = [from, also].map((back) => Math.max(0, outputs.length - 1 - back));
    const made = (again ? last.get(kind) : undefined) ?? makeLayer(kind, inner, onBatchNorm);
    last.set(kind, made);
    const picked = kind === 'add' ? indices : indices.slice(0, 1);
    const inputs = picked.map((index) => outputs[index] as tf.SymbolicTensor);
    outputs.push(made.layer.apply(inputs.length > 1 ? inputs : (inputs[0] as tf.SymbolicTensor)) as tf.SymbolicTensor);
    runs.push((values) => made.run(...picked.map((index) => values[index] as Values)));
  }
  const run: Run = (x) => {
    const values: Values[] = [];
    for (const step of runs) values.push(step(values.length === 0 ? [x] : values));
    return values.at(-1) as Values;
  };
  return { output: outputs.at(-1) as tf.SymbolicTensor, run };
}

function makeLayer(kind: Kind, inner: readonly Step[], onBatchNorm: (masked: boolean) => void) {
  if (kind === 'model') {
    const input = tf.input({ shape: [steps, channels] });
    const { output, run } = connect(inner, input, onBatchNorm);
    return { layer: tf.model({ inputs: input, outputs: output }) as tf.layers.Layer, run };
  }
  const { create, define } = kinds[kind] as { create: () => tf.layers.Layer; define: Define };
  const layer = create();
  const run = (...inputs: Values[]) => {
    if (kind === 'batchNorm') onBatchNorm(inputs[0]?.mask !== undefined);
    return define(layer, ...inputs);
  };
  return { layer, run };
}

const kindNames = Object.keys(kinds) as Kind[];
const step = (names: readonly Kind[], inner: fc.Arbitrary<readonly Step[]>): fc.Arbitrary<Step> =>
  fc.record({
    kind: fc.constantFrom(...names),
    from: fc.integer({ min: 0, max: 2 }),
    also: fc.integer({ min: 0, max: 4 }),
    again: fc.boolean(),
    inner,
  });

const plain = fc.array(step(kindNames, fc.constant([])), { minLength: 1, maxLength: 5 });

/** Graphs whose last layers are a batch norm and a dense layer, so that the output shows what came before. */
export const randomGraph: fc.Arbitrary<readonly Step[]> = fc
  .array(step([...kindNames, 'model', 'model'], plain), { minLength: 2, maxLength: 8 })
  .map((graph) => [
    { kind: 'masking', from: 0, also: 0, again: false, inner: [] },
    ...graph,
    { kind: 'batchNorm', from: 0, also: 0, again: false, inner: [] },
    { kind: 'dense', from: 0, also: 0, again: false, inner: [] },
  ]);

/** A batch in which some steps are 0, and a channel of others. */
export function sparseBatch(seed: number): tf.Tensor {
  const shape = [3, steps, channels] as const;
  const kept = tf.greater(tf.randomUniform([3, steps, 1], 0, 1, 'float32', seed), 0.4);
  return tf.mul(tf.randomNormal([...shape], 0.5, 1, 'float32', seed + 1), tf.cast(kept, 'float32'));
}
