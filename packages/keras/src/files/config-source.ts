import { valueText } from '@normkit/core/errors';
import { isJsonObject } from './json-text.ts';
import type { JsonObject, KerasConfigFile } from './keras-file.ts';
import { KerasFileError } from './keras-file-error.ts';

/** A config of Keras as JSON, or the model.json of TensorFlow.js. */
export function fromConfig(json: JsonObject): KerasConfigFile {
  const { modelTopology } = json;
  if (isJsonObject(modelTopology)) {
    const { model_config: model = modelTopology } = modelTopology;
    if (isConfig(model)) return { kind: 'config', kerasVersion: versionOf(modelTopology), config: model };
    const detail = `expected a layers model. Got format ${valueText(json['format'])} in modelTopology.`;
    throw new KerasFileError('not-keras', 'the model.json', `${detail} Graph models open with tf.loadGraphModel.`);
  }
  if (isConfig(json)) return { kind: 'config', kerasVersion: versionOf(json), config: json };
  const detail = `expected a config with class_name and config. Got ${valueText(Object.keys(json))}.`;
  throw new KerasFileError('not-keras', 'the JSON', `${detail} Check that it is what model.to_json() gave.`);
}

function isConfig(json: unknown): json is JsonObject {
  const { class_name: className, config } = json as JsonObject;
  return typeof className === 'string' && typeof config === 'object' && config !== null;
}

function versionOf({ keras_version: version }: JsonObject): string | undefined {
  return typeof version === 'string' ? version : undefined;
}
