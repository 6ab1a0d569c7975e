import type { LayersModel, layers, Shape } from '@tensorflow/tfjs-layers';
import type { JsonObject } from '../model-json/json.ts';
import type { ChannelAffine } from './channel-affine.ts';

/** One input of one call: layer, call, output, and the call's other arguments. */
export type Reference = [string, number, number, JsonObject?];

/** One call of a layer. */
export interface Call {
  readonly references: readonly Reference[];
  /** The shapes of the inputs, in the order of the references. */
  readonly shapes: readonly Shape[];
}

/**
 * A layer of a model, and the layer that does its work: of a TimeDistributed, the layer that is called at each step.
 */
export interface Entry {
  /** The layer's name in its model, by which others refer to it. */
  readonly name: string;
  readonly json: JsonObject;
  readonly calls: readonly Call[];
  readonly layer: layers.Layer;
  readonly layerJson: JsonObject;
  readonly path: string;
  /** How many axes of time, behind the batch, `layer` does not see. */
  readonly timeAxes: number;
}

/** A layer, and the affine of its input or output that is folded into it. */
export interface Landing {
  readonly entry: Entry;
  readonly affine: ChannelAffine;
}

/** A call that takes the output of a layer: the index of the input, and the reference in the config. */
export interface Taker {
  readonly entry: Entry;
  readonly call: number;
  readonly input: number;
  readonly reference: Reference;
}

/** The layers of one model, with their entries in its config. Folding changes these entries. */
export interface Graph {
  readonly model: LayersModel;
  /** By name, in the config's order. */
  readonly entries: Map<string, Entry>;
  readonly outputs: readonly Reference[];
  /** The calls that take the output of each call, by {@link keyOf}. */
  readonly takers: Map<string, readonly Taker[]>;
}

export function keyOf(name: string, call: number): string {
  return `${call} ${name}`;
}

export function takersOf({ takers }: Graph, name: string, call: number): readonly Taker[] {
  return takers.get(keyOf(name, call)) ?? [];
}

export function isOutput({ outputs }: Graph, wanted: string, wantedCall: number): boolean {
  return outputs.some(([name, call]) => name === wanted && call === wantedCall);
}

/**
 * An axis as the inner layer counts it. 0, which is never the axis of channels, where the inner layer does not see it.
 */
export function innerAxis({ timeAxes }: Entry, axis: number): number {
  return axis > timeAxes ? axis - timeAxes : 0;
}

/** The shape of the first input of a call, as the inner layer sees it. */
export function innerShape({ timeAxes, calls }: Entry, call: number): Shape {
  const [batch = null, ...sample] = calls[call]?.shapes[0] ?? [];
  return [batch, ...sample.slice(timeAxes)];
}

export function nameOf({ layer, name }: Entry): string {
  return `${name} (${layer.getClassName()})`;
}

/** Whether the config has `training: true` for a call. */
export function isTraining({ references }: Call): boolean {
  return references.some(([, , , kwargs]) => kwargs?.['training'] === true);
}

/** Takes a layer that is called once out of the graph: the users of its output get its input. */
export function takeOut(graph: Graph, entry: Entry): void {
  const { entries, outputs, takers } = graph;
  const [source] = entry.calls[0]?.references ?? [];
  if (!source) {
    entries.set(entry.name, inputEntry(graph, entry));
    return;
  }
  const [name, call, output] = source;
  const own = takersOf(graph, entry.name, 0);
  const users = [...own.map(({ reference }) => reference), ...outputs.filter(([user]) => user === entry.name)];
  for (const reference of users) reference.splice(0, 3, name, call, output);
  const others = takersOf(graph, name, call).filter((taker) => taker.entry !== entry);
  takers.set(keyOf(name, call), [...others, ...own]);
  entries.delete(entry.name);
}

/** In the place of the first layer of a Sequential, which says what its input is. The input keeps its name. */
function inputEntry({ model }: Graph, { name }: Entry): Entry {
  const [input] = model.inputs;
  const inputName = input?.sourceLayer.name ?? `${name}_input`;
  const config = {
    batch_input_shape: input?.shape ?? [],
    dtype: input?.dtype ?? 'float32',
    sparse: false,
    name: inputName,
  };
  const json = { class_name: 'InputLayer', config } as JsonObject;
  const layer = input?.sourceLayer as layers.Layer;
  return { name, json, calls: [{ references: [], shapes: [] }], layer, layerJson: json, path: name, timeAxes: 0 };
}
