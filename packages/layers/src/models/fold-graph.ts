import { LayersModel, type layers } from '@tensorflow/tfjs-layers';
import type { Json, JsonObject } from '../keras/json.ts';
import { type BatchNormFields, isBatchNorm } from './batch-norm-fields.ts';
import { isFoldable, outputAxis } from './fold-weights.ts';
import type { LeftLayer } from './model-layers.ts';

/** A batch normalization that becomes part of the layer before it. Both by their paths. */
export interface Fold {
  readonly batchNorm: string;
  readonly into: string;
  readonly norm: BatchNormFields;
}

/** One input of one call: layer, call, output, and the call's other arguments. */
type Reference = [string, number, number, JsonObject?];

interface Entry {
  readonly layer: layers.Layer;
  readonly json: JsonObject;
  /** The calls of the layer. */
  readonly nodes: Reference[][];
}

/** The layers of one model, as its config has them, which this changes. */
interface Graph {
  entries: Entry[];
  readonly outputs: Reference[];
}

export interface FoldedGraph {
  /** The model's config without the layers that were folded. */
  readonly config: JsonObject;
  readonly folds: readonly Fold[];
  readonly left: readonly LeftLayer[];
}

/** Takes every batch normalization that can be folded out of a model's config, and out of those of models within it. */
export function foldGraph(model: LayersModel, config: JsonObject, path = ''): FoldedGraph {
  const graph = readGraph(model, config);
  const folds: Fold[] = [];
  const left: LeftLayer[] = [];
  for (const entry of graph.entries) {
    const { layer, json } = entry;
    if (layer instanceof LayersModel) {
      const inner = foldGraph(layer, json['config'] as JsonObject, `${path}${layer.name}/`);
      json['config'] = inner.config;
      folds.push(...inner.folds);
      left.push(...inner.left);
    } else if (isBatchNorm(layer)) {
      const target = targetOf(layer, entry, graph);
      if (typeof target === 'string') left.push({ layer: path + layer.name, why: target });
      else {
        takeOut(entry, target, graph);
        folds.push({ batchNorm: path + layer.name, into: path + target.layer.name, norm: layer });
      }
    }
  }
  return { config: writeGraph(graph, config), folds, left };
}

/** The layer that a batch normalization can be folded into, or why there is none. */
function targetOf(norm: BatchNormFields, { nodes }: Entry, graph: Graph): Entry | string {
  if (nodes.length > 1) return `it is shared: it is called ${nodes.length} times.`;
  const [[reference] = []] = nodes;
  if (!reference) return 'there is no layer before it.';
  const [name, , , kwargs] = reference;
  if (kwargs?.['training'] === true || (norm as { batchStatisticsAtInference?: boolean }).batchStatisticsAtInference) {
    return 'it normalizes with the statistics of the batch at inference too.';
  }
  const before = graph.entries.find(({ layer }) => layer.name === name);
  if (!before || !isFoldable(before.layer)) {
    return `the layer before it, ${name} (${before?.layer.getClassName()}), is not a convolution or dense layer.`;
  }
  const config = before.json['config'] as JsonObject;
  if (config['activation'] !== 'linear' && config['activation'] !== null) {
    return `the activation ${String(config['activation'])} of ${name} is between.`;
  }
  if (before.nodes.length > 1)
    return `the layer before it, ${name}, is shared: it is called ${before.nodes.length} times.`;
  const uses = referencesIn(graph).filter(([user]) => user === name).length;
  if (uses > 1) return `the output of ${name} is used ${uses} times, and the other uses need it as it is.`;
  const rank = (norm.inboundNodes[0]?.inputTensors[0]?.shape ?? []).length;
  const axis = norm.axis < 0 ? norm.axis + rank : norm.axis;
  return axis === outputAxis(before.layer, rank)
    ? before
    : `its axis ${norm.axis} is not that of the channels of ${name}.`;
}

/** What used the batch normalization uses its target, whose bias is on and whose constraints would undo the fold. */
function takeOut(entry: Entry, target: Entry, graph: Graph): void {
  for (const reference of referencesIn(graph)) {
    if (reference[0] === entry.layer.name) [reference[0], reference[1]] = [target.layer.name, 0];
  }
  graph.entries = graph.entries.filter((other) => other !== entry);
  const config = target.json['config'] as JsonObject;
  config['use_bias'] = true;
  for (const key of Object.keys(config)) if (key.endsWith('_constraint')) config[key] = null;
}

function referencesIn({ entries, outputs }: Graph): Reference[] {
  return [...entries.flatMap(({ nodes }) => nodes.flat()), ...outputs];
}

/** What TensorFlow.js's own config of a layer leaves out: SeparableConv2D does not save its multiplier. */
function complete(json: JsonObject, layer: layers.Layer): void {
  const { depthMultiplier } = layer as { depthMultiplier?: number };
  if (depthMultiplier !== undefined) Object.assign(json['config'] as JsonObject, { depth_multiplier: depthMultiplier });
}

/** A Sequential has no calls in its config: each layer is called once, with the output of the one before. */
function readGraph(model: LayersModel, config: JsonObject): Graph {
  const byName = new Map(model.layers.map((layer) => [layer.name, layer]));
  const jsons = config['layers'] as JsonObject[];
  const names = jsons.map((json) => String((json['config'] as JsonObject)['name']));
  const previous = (index: number): Reference[][] => (index === 0 ? [] : [[[names[index - 1] ?? '', 0, 0]]]);
  return {
    entries: jsons.map((json, index) => {
      const layer = byName.get(names[index] ?? '') as layers.Layer;
      complete(json, layer);
      return { layer, json, nodes: (json['inbound_nodes'] as Reference[][] | undefined) ?? previous(index) };
    }),
    outputs: (config['output_layers'] as Reference[] | undefined) ?? [[names.at(-1) ?? '', 0, 0]],
  };
}

function writeGraph({ entries }: Graph, config: JsonObject): JsonObject {
  return { ...config, layers: entries.map(({ json }) => json) as Json[] };
}
