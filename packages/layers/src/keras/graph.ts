import { shortText } from '@normkit/core/checks';
import { type Json, type JsonObject, layerText } from '../model-json/json.ts';
import { isModelClass } from '../registry/registered-class.ts';
import { configError } from './expect.ts';
import type { TensorReference } from './nodes.ts';

/** A layer of a graph with its calls, as they are converted. */
export interface GraphLayer {
  readonly name: string;
  /** The name in its config, which may be another. */
  readonly ownName: string;
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
  const models = new Set(graph.layers.filter(({ className }) => isModelClass(className)).map(({ name }) => name));
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

/** The first of some names that has come before. */
function firstRepeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

/**
 * That every call's inputs exist, and no layer waits for itself. TensorFlow.js's loader would look for them forever.
 *
 * @throws NormkitError that names the layer and what it refers to.
 */
export function checkGraph({ layers, inputs, outputs }: Graph, model: string): void {
  checkNames(
    layers.map(({ name }) => name),
    model,
  );
  checkNames(
    layers.map(({ ownName }) => ownName),
    model,
  );
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const check = (where: string, [name, node]: readonly [string, number, ...unknown[]]) => {
    const target = byName.get(name);
    if (!target) throw configError(where, `refers to a ${layerText(name)}, which the model does not have.`);
    const first = isModelClass(target.className) ? 1 : 0;
    const end = first + (target.className === 'InputLayer' ? 1 : target.nodes.length);
    if (node >= first && node < end) return;
    throw configError(where, `refers to call ${node} of ${layerText(name)}, which is called ${end - first} times.`);
  };
  for (const { name, nodes } of layers) for (const input of nodes.flat()) check(layerText(name), input);
  for (const reference of [...inputs, ...outputs]) check(`the inputs and outputs of ${model}`, reference);
  if (outputs.length === 0) throw configError(model, 'has no outputs, so it computes nothing.');
  const repeated = firstRepeated(outputs.map((output) => output.join(' ')));
  if (repeated !== undefined) {
    throw configError(model, `lists the output '${shortText(repeated)}' twice, which TensorFlow.js cannot compute.`);
  }
  checkOrder(layers, model);
}

/**
 * That no two layers of a model have one name, and none that of a property of every object: TensorFlow.js keeps layers
 * in objects, and sees it in a Sequential only when that is called.
 */
export function checkNames(names: readonly string[], model: string): void {
  const property = names.find((name) => name in Object.prototype);
  if (property !== undefined) {
    throw configError(layerText(property), 'every object has a property of that name; give the layer another.');
  }
  const repeated = firstRepeated(names);
  if (repeated === undefined) return;
  throw configError(
    model,
    `two layers are named '${shortText(repeated)}'; each layer of a model needs a name of its own.`,
  );
}

/** Takes away the calls whose inputs are known, until none is left; what stays behind is a cycle. */
function checkOrder(layers: readonly GraphLayer[], model: string): void {
  const key = (name: string, node: number) => `${name} ${node}`;
  const calls = layers.flatMap(({ name, className, nodes }) =>
    nodes.map((inputs, index) => ({ name, key: key(name, index + (isModelClass(className) ? 1 : 0)), inputs })),
  );
  const waiting = new Map(calls.map((call) => [call.key, 0]));
  const followers = new Map<string, string[]>(calls.map((call) => [call.key, []]));
  for (const call of calls) {
    for (const [name, node] of call.inputs) {
      const followersOfInput = followers.get(key(name, node));
      if (!followersOfInput) continue;
      followersOfInput.push(call.key);
      waiting.set(call.key, (waiting.get(call.key) ?? 0) + 1);
    }
  }
  const ready = calls.filter((call) => waiting.get(call.key) === 0).map((call) => call.key);
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    waiting.delete(next);
    for (const follower of followers.get(next) ?? []) {
      const left = (waiting.get(follower) ?? 0) - 1;
      waiting.set(follower, left);
      if (left === 0) ready.push(follower);
    }
  }
  const stuck = calls.find((call) => waiting.has(call.key));
  if (stuck) throw configError(model, `${layerText(stuck.name)} is part of a cycle: it waits for its own output.`);
}
