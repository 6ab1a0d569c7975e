import type { NormkitError } from '@normkit/core';
import { shortText, valueText } from '@normkit/core/checks';
import { isObject, type Json, type JsonObject } from '../model-json/json.ts';
import { configError, expectArray } from './expect.ts';

/** One output of one call of a layer: `[layer name, which call, which output]`. */
export type TensorReference = [layer: string, node: number, tensor: number];

/** A call of a layer as TensorFlow.js reads it: each input, with the call's other arguments. */
type InboundNode = [...TensorReference, JsonObject][];

/**
 * The calls of a layer. Keras 2 wrote lists of `[layer, node, tensor, kwargs]`; Keras 3 writes `{ args, kwargs }`, in
 * which a tensor is an object of class `__keras_tensor__` that knows its history.
 */
export function convertInboundNodes(value: Json, className: string, where: string): InboundNode[] {
  const nodes = value === null ? [] : expectArray(value, `${where}, inbound_nodes`);
  if (typeof nodes[0] === 'string') return [convertListedNode([nodes], where)];
  const calls = nodes.map((node) =>
    isObject(node) && 'args' in node ? convertCall(node, className, where) : convertListedNode(node, where),
  );
  // TensorFlow.js leaves out a call without tensors, and counts the others.
  return calls.filter((call) => call.length > 0);
}

function convertListedNode(node: Json, where: string): InboundNode {
  const inputs = collectReferences(node, where);
  return inputs.map(({ reference, kwargs }) => [...reference, keptArguments(kwargs, where)]);
}

function convertCall(node: JsonObject, className: string, where: string): InboundNode {
  const kwargs = isObject(node['kwargs']) ? node['kwargs'] : {};
  let inputs = tensorsOf(node['args'] ?? [], where);
  const rest: JsonObject = Object.create(null);
  for (const [name, value] of Object.entries(kwargs)) {
    // A recurrent layer's initial state is one of its inputs to TensorFlow.js.
    if (name === 'inputs' || (name === 'initial_state' && /RNN|LSTM|GRU|Bidirectional/.test(className))) {
      inputs = inputs.concat(value === null ? [] : tensorsOf(value, where));
    } else if (name !== 'training') rest[name] = value;
    // Keras 3 records the defaults of a call there, and in its models what `fit` and `predict` say wins.
  }
  const kept = keptArguments(rest, where);
  return inputs.map((reference) => [...reference, kept]);
}

/**
 * Arguments of a call beside its inputs. `training` is kept, for models that loadKerasModel has loaded obey it; what is
 * null or false says nothing; the rest is nothing that TensorFlow.js would hand to the layer.
 */
function keptArguments(kwargs: JsonObject, where: string): JsonObject {
  const { training = null, ...rest } = kwargs;
  const other = Object.entries(rest).find(([, value]) => value !== null && value !== false);
  if (other) throw unheardArgument(where, ...other);
  if (training === null) return {};
  if (typeof training === 'boolean' || training === 0 || training === 1) return { training: Boolean(training) };
  throw unheardArgument(where, 'training', training);
}

function unheardArgument(where: string, name: string, value: Json): NormkitError {
  const isTensor = Array.isArray(value) || JSON.stringify(value).includes('__keras_tensor__');
  return configError(
    where,
    isTensor
      ? `is called with a tensor as its argument ${shortText(name)}; TensorFlow.js can only save and load tensors that are inputs.`
      : `is called with ${shortText(name)} = ${valueText(value)}, which TensorFlow.js does not hand to the layer. Call it without ${shortText(name)} in Keras, or write a class that has it as a setting.`,
  );
}

/** The tensors in the positional arguments of a call, in their order. */
function tensorsOf(value: Json, where: string): TensorReference[] {
  if (Array.isArray(value)) return value.flatMap((entry) => tensorsOf(entry, where));
  if (isObject(value)) {
    const config = isObject(value['config']) ? value['config'] : undefined;
    if (value['class_name'] === '__keras_tensor__') return [referenceOf(config?.['keras_history'] ?? null, where)];
    if (value['class_name'] === undefined) return tensorsOf(Object.values(value), where);
  }
  if (value === null) return [];
  throw configError(
    where,
    `is called with ${valueText(value)} beside its tensors; TensorFlow.js's layers take tensors.`,
  );
}

/** The inputs or outputs of a model: one reference, a list, or a dictionary (whose order is kept, and names are not). */
export function convertModelTensors(value: Json, where: string): TensorReference[] {
  return collectReferences(value, where).map(({ reference }) => reference);
}

function collectReferences(value: Json, where: string): { reference: TensorReference; kwargs: JsonObject }[] {
  if (Array.isArray(value)) {
    if (typeof value[0] !== 'string') return value.flatMap((entry) => collectReferences(entry, where));
    return [{ reference: referenceOf(value, where), kwargs: isObject(value[3]) ? value[3] : {} }];
  }
  if (isObject(value)) return Object.values(value).flatMap((entry) => collectReferences(entry, where));
  throw configError(where, `expected [layer, node, tensor]. Got ${valueText(value)}.`);
}

function referenceOf(value: Json, where: string): TensorReference {
  const [layer, node, tensor] = Array.isArray(value) ? value : [];
  const isIndex = (index: Json | undefined) => Number.isInteger(index) && Number(index) >= 0;
  if (typeof layer === 'string' && isIndex(node) && isIndex(tensor)) return [layer, Number(node), Number(tensor)];
  throw configError(where, `expected [layer, node, tensor]. Got ${valueText(value)}.`);
}
