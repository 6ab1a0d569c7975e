import type { LayersModel, layers, Shape } from '@tensorflow/tfjs-layers';
import type { Json, JsonObject } from '../model-json/json.ts';
import { type Entry, type Graph, keyOf, type Reference, type Taker } from './fold-graph.ts';

/** A Sequential has no calls in its config: each layer is called once, with the output of the one before. */
export function readGraph(model: LayersModel, config: JsonObject, path: string): Graph {
  const shapes = inputShapes(model);
  const byName = new Map(model.layers.map((layer) => [layer.name, layer]));
  const jsons = config['layers'] as JsonObject[];
  const names = jsons.map((json) => String((json['config'] as JsonObject)['name']));
  const previous = (index: number): Reference[][] => [index === 0 ? [] : [[names[index - 1] ?? '', 0, 0]]];
  const entries = jsons.map((json, index): Entry => {
    const name = names[index] ?? '';
    const layer = byName.get(name) as layers.Layer;
    const nodes = (json['inbound_nodes'] as Reference[][] | undefined) ?? previous(index);
    const calls = nodes.map((references, call) => ({ references, shapes: shapes.get(layer)?.[call] ?? [] }));
    return { name, json, calls, ...innermost(layer, json, `${path}${name}`) };
  });
  return {
    model,
    entries: new Map(entries.map((entry) => [entry.name, entry])),
    outputs: (config['output_layers'] as Reference[] | undefined) ?? [[names.at(-1) ?? '', 0, 0]],
    takers: takersIn(entries),
  };
}

export function writeGraph({ entries }: Graph, config: JsonObject): JsonObject {
  return { ...config, layers: [...entries.values()].map(({ json }) => json) as Json[] };
}

/** The shapes of the inputs of each call in this model. Other models may call the same layers. */
function inputShapes({ outputs }: LayersModel): Map<layers.Layer, Shape[][]> {
  const calls = new Map<layers.Layer, Shape[][]>();
  const seen = new Set(outputs);
  // The loop also visits what is added to the set meanwhile.
  for (const { sourceLayer: layer, nodeIndex } of seen) {
    const { inputTensors = [] } = layer.inboundNodes[nodeIndex] ?? {};
    const shapes = calls.get(layer) ?? [];
    shapes[nodeIndex] = inputTensors.map(({ shape }) => shape);
    calls.set(layer, shapes);
    for (const tensor of inputTensors) seen.add(tensor);
  }
  // The config does not count the calls in other models. They are holes in these arrays, and filter removes holes.
  return new Map([...calls].map(([layer, shapes]) => [layer, shapes.filter(() => true)]));
}

function innermost(outer: layers.Layer, outerJson: JsonObject, outerPath: string) {
  let [layer, layerJson, path, timeAxes] = [outer, outerJson, outerPath, 0];
  while (layer.getClassName() === 'TimeDistributed') {
    layer = (layer as unknown as { layer: layers.Layer }).layer;
    layerJson = (layerJson['config'] as JsonObject)['layer'] as JsonObject;
    path = `${path}/${layer.name}`;
    timeAxes += 1;
  }
  complete(layerJson, layer);
  return { layer, layerJson, path, timeAxes };
}

/** What TensorFlow.js's own configs leave out: the multiplier of SeparableConv2D, the data format of Conv1D. */
function complete(json: JsonObject, layer: layers.Layer): void {
  const { depthMultiplier, dataFormat } = layer as { depthMultiplier?: number; dataFormat?: string };
  const config = json['config'] as JsonObject;
  if (depthMultiplier !== undefined) config['depth_multiplier'] = depthMultiplier;
  if (layer.getClassName() === 'Conv1D' && dataFormat !== undefined) config['data_format'] = dataFormat;
}

function takersIn(entries: readonly Entry[]): Map<string, Taker[]> {
  const takers = new Map<string, Taker[]>();
  for (const entry of entries) {
    for (const [call, { references }] of entry.calls.entries()) {
      for (const [input, reference] of references.entries()) {
        const key = keyOf(reference[0], reference[1]);
        const taker = { entry, call, input, reference };
        const known = takers.get(key);
        if (known) known.push(taker);
        else takers.set(key, [taker]);
      }
    }
  }
  return takers;
}
