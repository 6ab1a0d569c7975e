import * as tf from '@tensorflow/tfjs';

/** An IO handler that gives what the model was saved as, through the JSON and bytes of a file. */
export async function saved(model: tf.LayersModel, config: tf.io.SaveConfig = {}): Promise<tf.io.IOHandler> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
    config,
  );
  if (!artifacts) throw new Error('nothing was saved');
  const { weightData, ...rest } = artifacts;
  return tf.io.fromMemory({ ...JSON.parse(JSON.stringify(rest)), weightData });
}
