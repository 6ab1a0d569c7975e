import type { KernelsUnderTest, TestRunner } from '@normkit/core/conformance';
import { describeOn } from './available.ts';
import { batchNormProperties } from './properties/batch-norm.ts';
import { batchNormMaskProperties } from './properties/batch-norm-masks.ts';
import { groupNormProperties } from './properties/group-norm.ts';
import { instanceNormProperties } from './properties/instance-norm.ts';
import { layerNormProperties } from './properties/layer-norm.ts';
import { rmsNormProperties } from './properties/rms-norm.ts';

/**
 * What other test suites assert without numbers, of ops, on the target's backend. The keys: K Keras, T TensorFlow
 * Addons, J TensorFlow.js, P PyTorch, F Flux, M MLX, B burn, C keras-contrib, X XLA, W WebNN.
 */
export async function describeProperties(target: KernelsUnderTest, runner: TestRunner): Promise<void> {
  const title = `assertions of others, ${target.fused ? 'with kernels' : 'composed'},`;
  const families = {
    'batch norm': [...batchNormProperties, ...batchNormMaskProperties],
    'layer norm': layerNormProperties,
    'group norm': groupNormProperties,
    'instance norm': instanceNormProperties,
    'RMS norm': rmsNormProperties,
  };
  await describeOn(target, title, runner, (test) => {
    for (const [family, properties] of Object.entries(families)) {
      for (const { name, check } of properties) test(`${family}: ${name}`, () => check(target.precision));
    }
  });
}

/*
 * Lines of that list that are about layers, and are left to @normkit/layers:
 *
 * | key | line                                                                | what it asks of a layer                        |
 * | --- | ------------------------------------------------------------------- | ---------------------------------------------- |
 * | K   | test_bn_basics, test_ln_basics, test_groupnorm                      | weights, masking support, regularizer losses   |
 * | K   | test_correctness of batch norm                                      | moving averages over three calls               |
 * | K   | test_trainable_behavior                                             | trainable: false is inference                  |
 * | K   | test_large_value_within_autocast_scope                              | moving variance under autocast                 |
 * | K   | test_renorm_*                                                       | batch renormalisation                          |
 * | K   | test_serialization                                                  | get_config and from_config                     |
 * | K   | test_undefined_dim_error                                            | symbolic shapes                                |
 * | J   | Undetermined dim axis leads to ValueError                           | symbolic shapes                                |
 * | J   | batch norm's constructor; no center, no scale, both                 | defaults, weights and their order              |
 * | J   | layer norm's constructor: get_config, call kwargs, fit without leak | configuration                                  |
 * | F   | BatchNorm, GroupNorm: activation                                    | an option of the layer                         |
 * | F   | InstanceNorm: track_stats                                           | moving averages                                |
 * | M   | test_batch_norm: running statistics are never trainable             | weights                                        |
 * | P   | _test_InstanceNorm_general: momentum 1                              | moving averages                                |
 * | B   | running_var                                                         | which variance enters the moving average       |
 * | T   | test_weights, test_initializer, test_regularizations                | weights, constraints, losses                   |
 * | T   | *_compute_output_shape                                              | does not create variables twice                |
 * | T   | test_inheritance, test_groups_after_init                            | a groups in the config is overwritten          |
 * | T/C | correctness_1d, 2d, convnet                                         | after fit                                      |
 * | K   | LayerNormalization(rms_scaling=True)                                | divides by √variance, subtracts nothing        |
 * | all | Loading gotchas                                                     | reading saved models                           |
 *
 * Lines about local response normalization (B LRN, J LRN) ask for an op that normkit does not have.
 */
