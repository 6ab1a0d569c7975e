import { configError, type Json, type JsonObject } from './json.ts';
import type { TensorReference } from './nodes.ts';

/** A layer of a graph with its calls, as they are converted. */
export interface GraphLayer {
  readonly name: string;
  readonly className: string;
  readonly config: Json;
  readonly nodes: [...TensorReference, JsonObject][][];
}

export interface Graph {
  readonly layers: readonly GraphLayer[];
  readonly inputs: readonly TensorReference[];
  readonly outputs: readonly TensorReference[];
}

/**
 * Calls of a model within a model are counted from 1 by TensorFlow.js, because every model has a call of its own
 * before. Keras 3 counts those of a Sequential from 0: they are moved up.
 */
export function countCallsOfModels(graph: Graph): Graph {
  const models = new Set(graph.layers.filter(({ config }) => isModelConfig(config)).map(({ name }) => name));
  const references = [...graph.layers.flatMap(({ nodes }) => nodes.flat()), ...graph.outputs];
  const fromZero = new Set(references.filter(([name, node]) => models.has(name) && node === 0).map(([name]) => name));
  const moved = <T extends readonly [string, number, ...unknown[]]>(reference: T): T => {
    const [name, node, ...rest] = reference;
    return (fromZero.has(name) ? [name, node + 1, ...rest] : reference) as T;
  };
  return {
    layers: graph.layers.map((layer) => ({ ...layer, nodes: layer.nodes.map((node) => node.map(moved)) })),
    inputs: graph.inputs,
    outputs: graph.outputs.map(moved),
  };
}

function isModelConfig(config: Json): boolean {
  return typeof config === 'object' && config !== null && 'layers' in config;
}

/**
 * That every call's inputs exist, and no layer waits for itself. TensorFlow.js's loader would look for them forever.
 *
 * @throws NormkitError that names the layer and what it refers to.
 */
export function checkGraph({ layers, inputs, outputs }: Graph, model: string): void {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  if (byName.size < layers.length) {
    const twice = layers.find(({ name }, index) => layers.findIndex((other) => other.name === name) < index);
    throw configError(model, `two layers are named '${twice?.name}'; each layer of a model needs a name of its own.`);
  }
  const check = (where: string, [name, node]: readonly [string, number, ...unknown[]]) => {
    const target = byName.get(name);
    if (!target) throw configError(where, `refers to a layer '${name}', which the model does not have.`);
    const first = isModelConfig(target.config) ? 1 : 0;
    const end = first + (target.className === 'InputLayer' ? 1 : target.nodes.length);
    if (node >= first && node < end) return;
    throw configError(where, `refers to call ${node} of layer '${name}', which is called ${end - first} times.`);
  };
  for (const { name, nodes } of layers) for (const input of nodes.flat()) check(`layer '${name}'`, input);
  for (const reference of [...inputs, ...outputs]) check(`the inputs and outputs of '${model}'`, reference);
  checkOrder(layers, model);
}

/** Removes the calls whose inputs are known, until none is left; what stays behind is a cycle. */
function checkOrder(layers: readonly GraphLayer[], model: string): void {
  const key = (name: string, node: number) => `${name} ${node}`;
  let waiting = layers.flatMap(({ name, config, nodes }) =>
    nodes.map((inputs, index) => ({ name, key: key(name, index + (isModelConfig(config) ? 1 : 0)), inputs })),
  );
  while (waiting.length > 0) {
    const open = new Set(waiting.map((call) => call.key));
    const next = waiting.filter(({ inputs }) => inputs.some(([name, node]) => open.has(key(name, node))));
    if (next.length === waiting.length) {
      throw configError(model, `layer '${next[0]?.name}' is part of a cycle: it waits for its own output.`);
    }
    waiting = next;
  }
}
