import type { JsonObject } from '../model-json/json.ts';
import type { AlongAxis } from './channel-affine.ts';
import {
  type Entry,
  type Graph,
  innerShape,
  isOutput,
  type Landing,
  nameOf,
  type Reference,
  takersOf,
} from './fold-graph.ts';
import { channelAxis, noBias } from './fold-layers.ts';
import { reshapeBackward } from './fold-reshape.ts';
import { isFoldable } from './fold-weights.ts';
import { across, isPassage } from './pass-through.ts';

interface Search {
  readonly graph: Graph;
  /** What other batch normalizations became, and the axis of their channels. */
  readonly frozen: ReadonlyMap<Entry, number>;
}

/**
 * The layer that a batch normalization of this output can be folded into, or why there is none. It is the layer that
 * computes the output, or an earlier one: the folded values pass layers such as dropout and average pooling.
 */
export function targetBefore(search: Search, [reference]: readonly Reference[], along: AlongAxis): Landing | string {
  if (!reference) return 'there is no layer before it';
  const { graph, frozen } = search;
  const [name, call] = reference;
  const before = graph.entries.get(name);
  if (!before) return `${name}, before it, is not in the model`;
  const isTarget = isFoldable(before.layer) || frozen.has(before);
  const isReshape = before.layer.getClassName() === 'Reshape';
  if (!isTarget && !isReshape && !isPassage(before.layer)) {
    return `${nameOf(before)}, before it, is not a convolution or dense layer`;
  }
  const why = (isTarget ? notAlone(before, frozen.has(before)) : undefined) ?? usedElsewhere(graph, name, call);
  if (why !== undefined) return why;
  if (isTarget) return notAlike(before, frozen.get(before), along.axis) ?? { entry: before, affine: along.affine };
  const moved = isReshape ? reshapeBackward(before, call, along) : across(before, call, along, 'backward');
  return typeof moved === 'string' ? moved : targetBefore(search, before.calls[call]?.references ?? [], moved);
}

/** Why a layer cannot take the folded values: it is not linear, or it is called several times. */
function notAlone({ name, layerJson, calls }: Entry, isFrozen: boolean): string | undefined {
  const { activation } = layerJson['config'] as JsonObject;
  if (!isFrozen && activation && activation !== 'linear') {
    return `the activation ${String(activation)} of ${name} is between`;
  }
  return calls.length > 1 ? `${name}, before it, is shared: it is called ${calls.length} times` : undefined;
}

function usedElsewhere(graph: Graph, name: string, call: number): string | undefined {
  const uses = takersOf(graph, name, call).length + (isOutput(graph, name, call) ? 1 : 0);
  return uses > 1 ? `the output of ${name} is used ${uses} times, and the other uses need it as it is` : undefined;
}

/** Why a layer that is called once cannot have a scale and a bias along this axis. */
function notAlike(entry: Entry, frozenAxis: number | undefined, axis: number): string | undefined {
  const rank = innerShape(entry, 0).length;
  const channels = frozenAxis ?? channelAxis(entry.layer, rank) + entry.timeAxes;
  if (axis !== channels) return `its axis ${axis} is not that of the channels of ${entry.name}`;
  return frozenAxis === undefined ? noBias(entry.layer, rank) : undefined;
}
