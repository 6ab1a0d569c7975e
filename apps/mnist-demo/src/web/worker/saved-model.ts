import * as tf from '@tensorflow/tfjs';
import type { Trainer } from '../../tutorial/trainer.ts';
import type { Kept, ModelFiles, SavedRun } from '../service.ts';

const WEIGHTS_FILE = 'weights.bin';

/** What `tf.loadLayersModel` does not need, and going on with the training does. */
interface Metadata {
  readonly normkit: SavedRun;
}

/** The model with its optimizer, in TensorFlow.js's own format. */
export async function artifactsOf(trainer: Trainer, kept: Kept): Promise<tf.io.ModelArtifacts> {
  const metadata: Metadata = { normkit: { settings: trainer.settings, steps: trainer.steps, ...kept } };
  trainer.model.setUserDefinedMetadata(metadata);
  return new Promise((resolve, reject) => {
    const handler = tf.io.withSaveHandler(async (artifacts) => {
      resolve(artifacts);
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    });
    trainer.model.save(handler, { includeOptimizer: true }).catch(reject);
  });
}

export function filesOf({ weightSpecs = [], weightData = [], ...rest }: tf.io.ModelArtifacts): ModelFiles {
  const weightsManifest = [{ paths: [WEIGHTS_FILE], weights: weightSpecs }];
  const json = JSON.stringify({ ...rest, format: 'layers-model', generatedBy: 'normkit', weightsManifest });
  return { json, weights: new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)) };
}
