import { describeOn, precisionOf } from '../available.ts';
import type { KernelsUnderTest, TestRunner } from '../suite.ts';
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
      for (const { name, check } of properties) test(`${family}: ${name}`, () => check(precisionOf(target)));
    }
  });
}

/*
 * Lines of that list that are about layers are tests of @normkit/layers. Those about local response normalization
 * (B LRN, J LRN) ask for an op that normkit does not have.
 */
