import type { Shape } from '@tensorflow/tfjs-layers';
import { type AlongAxis, spread } from './channel-affine.ts';
import {
  type Entry,
  type Graph,
  innerAxis,
  innerShape,
  isOutput,
  type Landing,
  nameOf,
  type Taker,
  takersOf,
} from './fold-graph.ts';
import { channelAxis, noBias, unevenShift } from './fold-layers.ts';
import { reshapeForward } from './fold-reshape.ts';
import { isFoldable } from './fold-weights.ts';
import { across, isPassage } from './pass-through.ts';

/**
 * The layers that a batch normalization can be folded into: all that use its output, directly or behind layers that the
 * folded values pass. If one of them cannot take it, the reason.
 */
export function targetsBehind(graph: Graph, norm: Entry, along: AlongAxis): Landing[] | string {
  const landings = landingsBehind(graph, norm.name, 0, along);
  const [source] = norm.calls[0]?.references ?? [];
  const doubled = takersOf(graph, norm.name, 0).find(({ entry, call }) =>
    entry.calls[call]?.references.some(([name, index]) => name === source?.[0] && index === source[1]),
  );
  // TensorFlow.js disposes an input that a call uses twice too early.
  const isDoubled = doubled && typeof landings !== 'string';
  return isDoubled ? `${nameOf(doubled.entry)}, behind it, would have its input ${source?.[0]} twice` : landings;
}

function landingsBehind(graph: Graph, name: string, call: number, along: AlongAxis): Landing[] | string {
  if (isOutput(graph, name, call)) return `the output of ${name} is an output of the model`;
  const landings: Landing[] = [];
  for (const taker of takersOf(graph, name, call)) {
    const found = land(graph, taker, along);
    if (typeof found === 'string') return found;
    landings.push(...found);
  }
  return landings;
}

function land(graph: Graph, taker: Taker, along: AlongAxis): Landing[] | string {
  const { entry, call } = taker;
  if (isFoldable(entry.layer)) return whyNot(entry, along) ?? [{ entry, affine: along.affine }];
  const moved = passed(taker, along);
  return typeof moved === 'string' ? moved : landingsBehind(graph, entry.name, call, moved);
}

function whyNot(entry: Entry, { axis, affine }: AlongAxis): string | undefined {
  const { layer, calls, name } = entry;
  if (calls.length > 1) return `${name}, behind it, is shared: it is called ${calls.length} times`;
  const shape = innerShape(entry, 0);
  if (innerAxis(entry, axis) !== channelAxis(layer, shape.length)) {
    return `its axis ${axis} is not that of the channels of ${name}`;
  }
  return noBias(layer, shape.length) ?? unevenShift(layer, affine, shape);
}

/** The affine behind a layer that it passes, or why it cannot pass. */
function passed({ entry, call, input }: Taker, along: AlongAxis): AlongAxis | string {
  const className = entry.layer.getClassName();
  if (className === 'Flatten' || className === 'Reshape') return reshapeForward(entry, call, along);
  if (className === 'Concatenate') return joined(entry, entry.calls[call]?.shapes ?? [], input, along);
  if (isPassage(entry.layer)) return across(entry, call, along, 'forward');
  return `${nameOf(entry)}, behind it, is not a convolution or dense layer`;
}

/** The channels of the other inputs stay what they are. */
function joined(
  entry: Entry,
  shapes: readonly Shape[],
  input: number,
  { axis, affine }: AlongAxis,
): AlongAxis | string {
  const { axis: given = -1 } = entry.layer as { axis?: number };
  const sizes = shapes.map((shape) => shape[axis] ?? Number.NaN);
  const start = sizes.slice(0, input).reduce((sum, size) => sum + size, 0);
  const size = sizes.reduce((sum, extent) => sum + extent, 0);
  if (axis !== (given < 0 ? given + (shapes[0]?.length ?? 0) : given) || Number.isNaN(size)) {
    return `${nameOf(entry)} is between, and joins along another axis`;
  }
  const source = (index: number) => (index < start ? undefined : index - start);
  return { axis, affine: spread(affine, size, source) };
}
