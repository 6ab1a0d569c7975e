import { type LayersModel, layers } from '@tensorflow/tfjs-layers';
import { BatchNormalization } from '../batch-normalization.ts';
import { obeyCallArguments, watchOutputs } from '../calls/running-calls.ts';
import { LayerNormalization } from '../layer-normalization.ts';
import { weightOf } from '../wrappers/wrapped-kernel.ts';
import { type LeftLayer, layersIn } from './model-layers.ts';

/**
 * What {@link accelerate} did. Layers are named by their path: `block/norm` is `norm` in the model or wrapper `block`.
 */
export interface Acceleration {
  readonly replaced: readonly string[];
  /** Stock layers that stay what they are. */
  readonly left: readonly LeftLayer[];
}

/** TensorFlow.js does not export these classes. Layers with a name of their own do not move its counter of names. */
const replacements = [
  { stock: layers.layerNormalization({ name: 'stock' }).constructor, ours: LayerNormalization },
  { stock: layers.batchNormalization({ name: 'stock' }).constructor, ours: BatchNormalization },
] as const;

/** The fields in which both the stock layers and ours hold weights: the layer keeps its own. */
const weightFields = ['gamma', 'beta', 'movingMean', 'movingVariance'];

class BareLayer extends layers.Layer {
  static className = 'BareLayer';
}

/** The fields of every layer: its name, its weights' lists, its place in the graph. */
const baseFields = new Set(Object.keys(new BareLayer({ name: 'bare' })));

/**
 * Gives the stock LayerNormalization and BatchNormalization layers of a built model, also of models and wrappers within
 * it, the class of this package, in place. Each layer stays the same object with the same weights, name and place in
 * the graph: the model needs no new compile, its optimizer keeps its state, and variables that refer to the layer still
 * do. Calling it again changes nothing.
 *
 * Outputs stay the same, with three exceptions, where a stock batch norm differs from Keras. Along an axis that is not
 * the last it is right afterwards. With `trainable: false` it uses its moving averages in training too. And in training
 * a mask enters its statistics. Constraints stay as in the stock layer: TensorFlow.js applies them to loaded values,
 * and not in `fit`.
 *
 * @throws NormkitError where `model` is no model or layer.
 */
export function accelerate(model: LayersModel | layers.Layer): Acceleration {
  const replaced: string[] = [];
  const left: LeftLayer[] = [];
  for (const { layer, path } of layersIn('accelerate', model)) {
    // The model may have been built before this package was imported.
    watchOutputs(layer);
    const replacement = replacements.find(({ stock }) => layer.constructor === stock);
    const why = replacement ? replace(layer, replacement.ours) : foreign(layer);
    if (why !== undefined) left.push({ layer: path, why });
    else if (replacement) replaced.push(path);
  }
  return { replaced, left };
}

type Ours = (typeof replacements)[number]['ours'];

/** Makes a stock layer one of ours, or says why it cannot be. */
function replace(layer: layers.Layer, ours: Ours): string | undefined {
  const { axis } = layer as unknown as { axis: number | readonly number[] };
  const known = weightFields.map((field) => weightOf(layer, field));
  if (layer.weights.some((weight) => !known.includes(weight))) {
    return 'its weights are not where TensorFlow.js 4.22 holds them; another version of it needs another @normkit/layers.';
  }
  if (layer.built && Array.isArray(axis) && axis.some((value, index) => index > 0 && value <= axis[index - 1])) {
    return `its axis [${axis}] is not in ascending order, and its gamma and beta are in that of axis; here and in Keras they are in ascending order.`;
  }
  const twin = twinOf(layer, ours);
  if (typeof twin === 'string') return twin;
  for (const [field, value] of Object.entries(twin)) {
    if (!baseFields.has(field) && !weightFields.includes(field)) Object.assign(layer, { [field]: value });
  }
  Object.setPrototypeOf(layer, ours.prototype);
  (layer as InstanceType<Ours>).adoptWeights();
  obeyCallArguments([layer]);
  return undefined;
}

/** A layer of our class with the settings of a stock layer, or why our class refuses them. */
function twinOf(layer: layers.Layer, ours: Ours): layers.Layer | string {
  try {
    return ours.fromConfig<BatchNormalization | LayerNormalization>(ours as never, layer.getConfig());
  } catch (error) {
    return (error as Error).message;
  }
}

/** Why a layer with the class name of a stock layer is left: it is neither TensorFlow.js's class nor ours. */
function foreign(layer: layers.Layer): string | undefined {
  const ours = replacements.find(({ ours }) => ours.className === layer.getClassName());
  if (!ours || layer instanceof ours.ours) return undefined;
  return `its class ${layer.getClassName()} is not that of the @tensorflow/tfjs-layers that @normkit/layers uses: it is the application's, or there are two copies of TensorFlow.js.`;
}
