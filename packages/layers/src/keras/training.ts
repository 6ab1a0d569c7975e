import { NormkitError } from '@normkit/core';
import { valueText } from '@normkit/core/checks';
import type { io } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/**
 * Compiles a model as it was when it was saved, and gives it its metadata.
 *
 * @throws NormkitError where TensorFlow.js does not have the optimizer, the loss or a metric.
 */
export function adoptTraining(model: LayersModel, { trainingConfig, userDefinedMetadata }: io.ModelArtifacts): void {
  attempt('trainingConfig', 'compiled', () => {
    if (!trainingConfig) return;
    checkNames([trainingConfig.loss, trainingConfig.metrics]);
    model.loadTrainingConfig(trainingConfig as Parameters<typeof model.loadTrainingConfig>[0]);
  });
  attempt('userDefinedMetadata', 'given its metadata', () => {
    if (userDefinedMetadata) model.setUserDefinedMetadata(userDefinedMetadata);
  });
  const settings = model.optimizer?.getConfig() ?? {};
  const rate = settings['learningRate'];
  if (!('learningRate' in settings) || Number.isFinite(rate)) return;
  throw trainingError('trainingConfig', `the learning rate must be a finite number. Got ${valueText(rate)}.`);
}

/** TensorFlow.js looks losses and metrics up in objects, which have `toString` and the like as well. */
function checkNames(value: unknown): void {
  if (typeof value === 'string' && value in Object.prototype) throw new Error(`there is no ${value}.`);
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(checkNames);
}

function attempt(part: string, what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const message = (error as Error).message.slice(0, 400);
    throw trainingError(part, `the model cannot be ${what} as the file says: ${message}`);
  }
}

function trainingError(part: string, message: string): NormkitError {
  return new NormkitError(
    'loadKerasModel',
    part,
    `${part}: ${message} Leave ${part} out of the file to load the rest.`,
  );
}
