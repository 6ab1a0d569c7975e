import * as tf from '@tensorflow/tfjs';

/*
 * Models in the browser's own database, through TensorFlow.js: what is written here, `tf.loadLayersModel` finds under
 * the same name in other programs of this site.
 */
const SCHEME = 'indexeddb://';

export async function storeModel(name: string, artifacts: tf.io.ModelArtifacts): Promise<void> {
  const [handler] = tf.io.getSaveHandlers(SCHEME + name);
  await handler?.save?.(artifacts);
}

export async function storedModel(name: string): Promise<tf.io.ModelArtifacts> {
  const [handler] = tf.io.getLoadHandlers(SCHEME + name);
  const artifacts = await handler?.load?.();
  if (!artifacts) throw new Error(`There is no model "${name}" in this browser.`);
  return artifacts;
}

/** The latest first. */
export async function storedNames(): Promise<string[]> {
  const models = Object.entries(await tf.io.listModels()).filter(([path]) => path.startsWith(SCHEME));
  const saved = models.toSorted(([, a], [, b]) => timeOf(b) - timeOf(a));
  return saved.map(([path]) => path.slice(SCHEME.length));
}

/** Others of this site write to the database as well. */
function timeOf(info: Partial<tf.io.ModelArtifactsInfo> | undefined): number {
  return Number(info?.dateSaved) || 0;
}

export async function removeStored(name: string): Promise<void> {
  await tf.io.removeModel(SCHEME + name);
}
