import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  batchNormalization,
  describeNormalization,
  filterResponseNormalization,
  groupNormalization,
  inspectNormalization,
  instanceNormalization,
  layerNormalization,
  rmsNormalization,
  spectralNormalization,
  unitNormalization,
} from '../src/index.ts';

beforeAll(() => tf.setBackend('cpu'));

const { layers } = tf;

describe('describeNormalization', () => {
  it('is a table with what explain says of each layer, and warnings', () => {
    const model = tf.sequential({
      layers: [
        layers.conv2d({ inputShape: [16, 16, 1], filters: 10, kernelSize: 3 }),
        groupNormalization({ groups: 5, name: 'group' }),
        layerNormalization({ axis: 3, name: 'pixels' }),
      ],
    });
    const before = tf.memory().numTensors;
    expect(describeNormalization(model)).toBe(
      [
        'layer   class               input          statistics',
        'group   GroupNormalization  [32,14,14,10]  reduces   axes 1 (14), 2 (14) and the 2 channels of each of 5 groups of axis 3 (10)',
        '                                           statistic 160 × (mean and variance), each over 392 elements',
        '                                           shape     gamma and beta: [10]',
        'pixels  LayerNormalization  [32,14,14,10]  reduces   axis 3 (10)',
        '                                           statistic 6272 × (mean and variance), each over 10 elements',
        '                                           shape     gamma and beta: [10]',
        '                                           warning   normalizes each of 14 × 14 positions over its 10 channels; for the whole sample use axis [1, 2, 3].',
      ].join('\n'),
    );
    expect(tf.memory().numTensors).toBe(before);
    expect(Object.keys(model.layers[1] ?? {})).not.toContain('computeOutputShape');
  });

  it('says so where there is none', () => {
    const model = tf.sequential({ name: 'plain', layers: [layers.dense({ units: 2, inputShape: [3] })] });
    expect(describeNormalization(model)).toBe('plain has no normalization layer.');
  });
});

describe('inspectNormalization', () => {
  const warnings = (model: tf.LayersModel, options = {}) =>
    inspectNormalization(model, options).map((report) => report.warnings.join(' '));
  const single = (layer: tf.layers.Layer, shape: (number | null)[]) =>
    tf.sequential({ layers: [layers.inputLayer({ batchInputShape: shape }), layer] });

  it('finds layers in models and wrappers, stock ones too, at the shapes that reach them', () => {
    const inner = tf.sequential({
      name: 'inner',
      layers: [layers.dense({ units: 6, inputShape: [4] }), layers.batchNormalization({ name: 'bn' })],
    });
    const shared = layers.layerNormalization({ name: 'ln' });
    const x = tf.input({ shape: [5, 4] });
    const steps = layers.timeDistributed({ layer: inner, name: 'steps' }).apply(x);
    const once = shared.apply(steps) as tf.SymbolicTensor;
    const cut = layers
      .cropping2D({
        cropping: [
          [1, 1],
          [0, 0],
        ],
      })
      .apply(layers.reshape({ targetShape: [5, 6, 1] }).apply(once));
    const twice = shared.apply(layers.reshape({ targetShape: [3, 6] }).apply(cut));
    const model = tf.model({ inputs: x, outputs: twice as tf.SymbolicTensor });
    expect(
      inspectNormalization(model, { batchSize: 8 }).map(({ layer, className, inputShape }) => [
        layer,
        className,
        inputShape,
      ]),
    ).toEqual([
      ['steps/inner/bn', 'BatchNormalization', [8, 6]],
      ['ln', 'LayerNormalization', [8, 5, 6]],
      ['ln', 'LayerNormalization', [8, 3, 6]],
    ]);
  });

  it('warns of a statistic over one element', () => {
    expect(warnings(single(instanceNormalization(), [null, 1, 1, 3]))[0]).toContain('a statistic of one element');
    expect(warnings(single(instanceNormalization(), [null, 2, 1, 3]))[0]).toBe('');
    expect(warnings(single(batchNormalization(), [1, 3]))[0]).toContain('a statistic of one element');
  });

  it('warns of layer norm over the channels of each pixel, but not of a sequence, a whole sample or one position', () => {
    expect(warnings(single(layerNormalization(), [null, 7, 5, 3]))[0]).toContain(
      '7 × 5 positions over its 3 channels; for the whole sample use axis [1, 2, 3]',
    );
    expect(warnings(single(layers.layerNormalization({ axis: 3 }), [null, 7, 5, 3]))[0]).toContain('7 × 5 positions');
    expect(warnings(single(layerNormalization(), [null, 7, 3]))).toEqual(['']);
    expect(warnings(single(layerNormalization({ axis: [1, 2, 3] }), [null, 7, 5, 3]))).toEqual(['']);
    expect(warnings(single(layerNormalization(), [null, 1, 1, 3]))).toEqual(['']);
    expect(warnings(single(rmsNormalization(), [null, 7, 5, 3]))).toEqual(['']);
  });

  it.each([1, 2, 4])('warns of batch norm with a batch of %i, where the batch is known', (size) => {
    const text = `a batch of ${size} has noisy statistics in training`;
    expect(warnings(single(batchNormalization(), [size, 5, 3]))[0]).toContain(text);
    expect(warnings(single(batchNormalization(), [null, 5, 3]), { batchSize: size })[0]).toContain(text);
    expect(warnings(single(batchNormalization(), [null, 5, 3]))).toEqual(['']);
    expect(warnings(single(batchNormalization(), [null, 5, 3]), { batchSize: 5 })).toEqual(['']);
    expect(warnings(single(groupNormalization({ groups: 1 }), [size, 5, 3]))).toEqual(['']);
  });

  it('asks for inputShape where extents are open, and takes it', () => {
    const model = tf.sequential({
      layers: [
        layers.conv2d({ inputShape: [null, null, 3], filters: 4, kernelSize: 3, padding: 'same' }),
        groupNormalization({ groups: 2 }),
      ],
    });
    expect(inspectNormalization(model)[0]).toMatchObject({
      inputShape: [32, null, null, 4],
      lines: ['the extent of axes 1, 2 is not known: give inputShape'],
    });
    expect(inspectNormalization(model, { inputShape: [8, 6, 3] })[0]?.lines[1]).toBe(
      'statistic 64 × (mean and variance), each over 96 elements',
    );
    expect(() => inspectNormalization(model, { inputShape: [8, 6, 4] })).toThrow(
      'inputShape must fit the input of shape [?,?,3], without the batch. Got [8,6,4].',
    );
    expect(() => inspectNormalization(model, { inputShape: [[8, 6, 3], [1]] })).toThrow(
      "one shape for each of the model's 1 inputs",
    );
    for (const batchSize of [0, -1, 1.5, '4']) {
      expect(() => inspectNormalization(model, { batchSize: batchSize as number })).toThrow(
        `batchSize must be a positive integer. Got ${typeof batchSize === 'string' ? "'4'" : batchSize}.`,
      );
    }
    expect(() => inspectNormalization(model, { batch: 2 } as never)).toThrow("no option 'batch'");
    expect(() => inspectNormalization({} as never)).toThrow('model must be a model');
  });

  it('says of every class of this package what it does', async () => {
    const model = tf.sequential({
      layers: [
        layers.inputLayer({ inputShape: [4, 4, 6] }),
        spectralNormalization({ layer: layers.conv2d({ filters: 6, kernelSize: 1, name: 'conv' }) }),
        unitNormalization(),
        filterResponseNormalization(),
        layerNormalization({ axis: [1, 2, 3], rmsScaling: true }),
        groupNormalization({ groups: 2, kerasContrib: true }),
        instanceNormalization(),
      ],
    });
    const contrib = { class_name: 'InstanceNormalization', config: { axis: null, batch_input_shape: [null, 4, 6] } };
    const loaded = await tf.models.modelFromJSON({
      class_name: 'Sequential',
      config: { name: 'c', layers: [contrib] },
    } as never);
    const lines = [model, loaded].flatMap((net) => inspectNormalization(net).map((report) => report.lines.at(-1)));
    expect(lines).toEqual([
      'normalizes the kernel of conv, not its input',
      'divides by the length along axis -1',
      'mean square over height and width, for each sample and channel',
      'remark    rmsScaling: the mean is not subtracted, and there is no beta',
      'statistics of each of 2 runs of the flattened sample, which mix its channels (keras-contrib)',
      'shape     gamma and beta: [6]',
      'statistics of each sample; epsilon is added to the deviation (keras-contrib)',
    ]);
  });
});
