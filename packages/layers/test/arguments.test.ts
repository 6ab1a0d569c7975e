import '@normkit/backend-cpu';
import {
  batchNormalization,
  filterResponseNormalization,
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  NormkitError,
  rmsNormalization,
} from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { saved } from './saved-model.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('arguments', () => {
  it.each([
    [groupNormalization, { group: 5 }, "'group'; here it is groups"],
    [groupNormalization, { num_groups: 5 }, "'num_groups'; here it is groups"],
    [groupNormalization, { grups: 5 }, "'grups'; did you mean groups"],
    [layerNormalization, { eps: 1e-5 }, "'eps'; here it is epsilon"],
    [layerNormalization, { epsillon: 1e-5 }, "'epsillon'; did you mean epsilon"],
    [layerNormalization, { elementwise_affine: false }, "'elementwise_affine'; here it is center and scale"],
    [layerNormalization, { gamma_initializer: 'ones' }, "'gamma_initializer'; in code it is written gammaInitializer"],
    [layerNormalization, { input_shape: [3] }, "'input_shape'; in code it is written inputShape"],
    [batchNormalization, { Momentum: 0.5 }, "'Momentum'; did you mean momentum"],
    [batchNormalization, { groups: 2 }, "'groups'. The arguments are axis, momentum, epsilon"],
    [rmsNormalization, { center: false }, "'center'. The arguments are axis, epsilon, zeroCentered"],
    [instanceNormalization, { affine: true }, "'affine'; here it is center and scale"],
  ])('%o does not have %j', (create, args, message) => {
    expect(() => (create as (args: object) => unknown)(args)).toThrow(`there is no argument ${message}`);
  });

  it.each([
    [groupNormalization, { axis: 1.5 }, 'axis must be an integer. Got 1.5'],
    [batchNormalization, { axis: [1, 2] }, 'axis must be an integer. Got [1,2]'],
    [layerNormalization, { epsilon: -1 }, 'epsilon must be a finite number, 0 or more. Got -1'],
    [layerNormalization, { center: 'yes' }, "center must be true or false. Got 'yes'"],
    [
      batchNormalization,
      { momentum: 2 },
      "momentum must be a number from 0 to 1, the part of the average that remains at a step. Got 2; PyTorch's momentum is 1 minus this one.",
    ],
    [
      batchNormalization,
      { renormMomentum: '1' },
      "renormMomentum must be a number from 0 to 1, the part of the average that remains at a step. Got '1'",
    ],
    [
      batchNormalization,
      { movingAverage: 'simple' },
      "movingAverage must be 'exponential' or 'cumulative'. Got 'simple'",
    ],
    [batchNormalization, { renorm: true, renormClipping: 3 }, 'renormClipping must be { rmin, rmax, dmax }'],
  ])('%o refuses %j', (create, args, message) => {
    const attempt = () => (create as (args: object) => unknown)(args);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(NormkitError);
  });

  it.each([
    [{ gammaInitializer: 'l2' }, "gammaInitializer must be an initializer. Got 'l2', a regularizer; use Zeros, Ones, "],
    [
      { gammaInitializer: 'nonNeg' },
      "gammaInitializer must be an initializer. Got 'nonNeg', a constraint; use Zeros, ",
    ],
    [{ betaInitializer: 'Dense' }, "betaInitializer must be an initializer. Got 'Dense', a layer; use Zeros, Ones, "],
    [
      { betaInitializer: 'relu' },
      "betaInitializer must be an initializer. Got 'relu', an activation; use Zeros, Ones, ",
    ],
    [
      { betaInitializer: 'Adam' },
      "betaInitializer must be an initializer. Got 'Adam', an optimizer; use Zeros, Ones, ",
    ],
    [
      { betaInitializer: tf.layers.flatten() },
      'betaInitializer must be an initializer. Got Flatten, a layer; use Zeros',
    ],
    [
      { gammaRegularizer: 'zeros' },
      "gammaRegularizer must be a regularizer. Got 'zeros', an initializer; use L1L2, L1 or L2, or register a class of your own",
    ],
    [
      { gammaRegularizer: tf.initializers.zeros() },
      'gammaRegularizer must be a regularizer. Got Zeros, an initializer',
    ],
    [
      { betaConstraint: { class_name: 'L2', config: {} } },
      "betaConstraint must be a constraint. Got 'L2', a regularizer; use MaxNorm, UnitNorm, NonNeg or MinMaxNorm, or",
    ],
    [{ betaConstraint: 'nonneg' }, "there is no constraint 'nonneg'; use MaxNorm, UnitNorm, NonNeg or MinMaxNorm, or"],
    [{ gammaInitializer: 'constant' }, 'config: { value: 0.5 } }.'],
  ])('are told by their kind: %o', (args, message) => {
    const attempt = () => layerNormalization({ name: 'norm', ...args } as object);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow('[normkit] LayerNormalization norm: ');
    expect(attempt).toThrow(NormkitError);
  });

  it('take an initializer of the application, which has no base class of TensorFlow.js', () => {
    class Thirds extends tf.serialization.Serializable {
      static className = 'Thirds';
      apply(shape: tf.Shape): tf.Tensor {
        return tf.fill(shape as number[], 1 / 3);
      }
      override getConfig() {
        return {};
      }
    }
    const layer = layerNormalization({ gammaInitializer: new Thirds() as never });
    layer.build([null, 2]);
    expect(layer.getWeights()[0]?.arraySync()).toEqual([Math.fround(1 / 3), Math.fround(1 / 3)]);
  });

  it.each(['orthogonal', 'identity'])('%s is for matrices: the layer and the weight are named', (gammaInitializer) => {
    const layer = batchNormalization({ name: 'norm', gammaInitializer });
    expect(() => layer.build([null, 3])).toThrow(
      '[normkit] BatchNormalization norm: its weight gamma, of shape [3], cannot be initialized: ',
    );
    layerNormalization({ axis: [1, 2], gammaInitializer }).build([null, 3, 3]);
  });

  it('of a file that there are not: the layer is named', () => {
    const config = { class_name: 'LayerNormalization', config: { name: 'norm3', axis: 1, fuzed: true } };
    const json = { class_name: 'Sequential', config: { name: 'net', layers: [config] } };
    return expect(tf.models.modelFromJSON(json as never)).rejects.toThrow(
      "[normkit] LayerNormalization norm3: there is no argument 'fuzed'",
    );
  });

  it('trainable is true or false', () => {
    expect(() => groupNormalization({ trainable: 'no' as never })).toThrow(
      "trainable must be true or false. Got 'no'.",
    );
  });

  it('of a call are tensors', () => {
    const layer = layerNormalization({ name: 'norm' });
    for (const inputs of [[[1, 2]], [1, 2], 3, undefined, new Float32Array(2)]) {
      expect(() => layer.apply(inputs as never)).toThrow('LayerNormalization norm: the layer takes a tensor, or what');
    }
    expect(() => layer.apply([[1, 2]] as never)).toThrow('Got [[1,2]]; write tf.tensor(…) around numbers.');
  });

  it('are known to the types', () => {
    // @ts-expect-error: groups
    expect(() => groupNormalization({ group: 5 })).toThrow();
    // @ts-expect-error: no list of axes
    expect(() => groupNormalization({ axis: [1, 2] })).toThrow();
    // @ts-expect-error: no beta
    expect(() => rmsNormalization({ center: false })).toThrow();
    // @ts-expect-error: exponential or cumulative
    expect(() => batchNormalization({ movingAverage: 'simple' })).toThrow();
    // @ts-expect-error: height and width, no others
    expect(() => filterResponseNormalization({ axis: [2, 3] })).toThrow();
    const { groups, axis, gamma } = groupNormalization({
      groups: 5,
      gammaInitializer: 'randomUniform',
      axis: undefined,
    });
    expect([groups, axis, gamma]).toEqual([5, -1, undefined]);
  });

  it('errors say which layer, and which argument', () => {
    try {
      groupNormalization({ name: 'norm7', groups: 5 }).build([null, 4]);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ op: 'GroupNormalization norm7', argument: 'groups' });
      expect((error as Error).message).toMatch(/^\[normkit\] GroupNormalization norm7: groups /);
    }
  });

  it('weights are named as they are, also of a layer that was built by hand, and not before it is built', () => {
    const layer = batchNormalization({ name: 'norm' });
    expect(() => layer.setWeights([tf.ones([3])])).toThrow('BatchNormalization norm: the layer is not built yet.');
    layer.build([null, 3]);
    expect(() => layer.setWeights([])).toThrow(
      'the layer has 4 weights: gamma, beta, moving_mean, moving_variance. Got 0.',
    );
    expect(() => layer.setWeights([1, 3, 3, 3].map((size) => tf.ones([size])))).toThrow(
      'its weight gamma has shape [3]. Got [1]',
    );
    const applied = batchNormalization({ name: 'norm' });
    applied.apply(tf.zeros([2, 3]));
    expect(() => applied.setWeights([])).toThrow('4 weights: gamma, beta, moving_mean, moving_variance. Got 0.');
  });

  it('a call with two tensors, and a build that fails, leave nothing behind', () => {
    const before = tf.memory().numTensors;
    const layer = layerNormalization({ gammaInitializer: 'ones', betaInitializer: 'identity', axis: 1 });
    expect(() => layer.build([null, 3])).toThrow();
    expect(() =>
      layer.build([
        [null, 3],
        [null, 3],
      ]),
    ).toThrow('the layer takes one shape. Got 2');
    expect(tf.memory().numTensors).toBe(before);
    const twice = layerNormalization();
    twice.build([null, 3]);
    const x = tf.zeros([2, 3]);
    const during = tf.memory().numTensors;
    expect(() => twice.call([x, x], {})).toThrow('the layer takes one tensor. Got 2');
    expect(tf.memory().numTensors).toBe(during);
    x.dispose();
  });
});

describe('a file whose weights do not fit', () => {
  const model = (units: number) =>
    tf.sequential({
      layers: [
        tf.layers.dense({ units, inputShape: [2], name: 'dense', kernelInitializer: 'ones' }),
        groupNormalization({ groups: 1, name: 'norm' }),
      ],
    });

  it('is refused with the name of the layer, the shape expected and the one received', async () => {
    const { load } = await saved(model(3));
    const artifacts = await load?.();
    if (!artifacts?.weightSpecs) throw new Error('nothing was saved');
    for (const spec of artifacts.weightSpecs) {
      if (spec.name === 'norm/gamma') spec.shape = [3, 1];
    }
    await expect(tf.loadLayersModel(tf.io.fromMemory(artifacts))).rejects.toThrow(
      '[normkit] GroupNormalization norm: its weight gamma has shape [3]. Got [3,1]; the values are those of another layer, or of another configuration.',
    );
  });
});
