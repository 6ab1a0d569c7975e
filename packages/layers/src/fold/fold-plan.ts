import { LayersModel } from '@tensorflow/tfjs-layers';
import { FrozenBatchNormalization } from '../frozen-batch-normalization.ts';
import type { JsonObject } from '../model-json/json.ts';
import { type BatchNormFields, isBatchNorm } from '../weights/batch-norm-fields.ts';
import {
  type CentredAffine,
  type ChannelAffine,
  cancellation,
  followedBy,
  inferenceOf,
  unrepresentable,
  withoutMean,
} from './channel-affine.ts';
import { targetBefore } from './fold-before.ts';
import { targetsBehind } from './fold-behind.ts';
import { type Entry, type Graph, isTraining, takeOut } from './fold-graph.ts';
import type { Folding } from './fold-weights.ts';
import { readGraph, writeGraph } from './read-graph.ts';

/**
 * What a batch normalization became: part of other layers (folded), one multiply and add (fused), or what it was
 * (left).
 */
export type Outcome = { readonly path: string } & (
  | { readonly became: 'folded'; readonly into: readonly string[] }
  | { readonly became: 'fused' | 'left'; readonly why: string }
);

export interface FoldPlan {
  /** The model's config without the layers that were folded. */
  readonly config: JsonObject;
  /** In the model's order. */
  readonly outcomes: readonly Outcome[];
  /** What becomes part of the layers of the new model, by their paths. */
  readonly foldings: ReadonlyMap<string, Folding>;
}

interface Settings {
  readonly fuse: boolean;
  /** Whether the model is called within another with `training: true`. */
  readonly isTraining: boolean;
}

/** A batch normalization, and what it computes at inference. */
interface Norm {
  readonly entry: Entry;
  readonly axis: number;
  readonly constants: CentredAffine;
  readonly affine: ChannelAffine;
}

/**
 * Folding forward adds scale · x and the shift in float32. Both may be large and their sum small. If they are 2^7 times
 * larger than the sum, the sum loses 7 of float32's 24 bits, 8e-6 of the output. More than that is not folded.
 */
const largestCancellation = 2 ** 7;

interface Work {
  readonly graph: Graph;
  readonly foldings: Map<string, Folding>;
  readonly outcomes: Map<Entry, readonly Outcome[]>;
  /** Batch normalizations that became one multiply and add, and their axes. */
  readonly frozen: Map<Entry, number>;
  /** Why a batch normalization was folded into no layer before it, and none behind it. */
  readonly reasons: Map<Entry, { before?: string; behind?: string }>;
}

/**
 * Decides what becomes of every batch normalization of a model and of models within it: first those that can be folded
 * into the layer before them, from the front; then into the layers behind, from the back; then the rest, from the
 * front.
 *
 * @throws NormkitError where a moving variance is negative, infinite or NaN.
 */
export function planFolding(model: LayersModel, config: JsonObject, settings: Settings, path = ''): FoldPlan {
  const graph = readGraph(model, config, path);
  const work: Work = { graph, foldings: new Map(), outcomes: new Map(), frozen: new Map(), reasons: new Map() };
  const order = [...graph.entries.values()];
  for (const entry of order) if (entry.layer instanceof LayersModel) planInner(work, entry, entry.layer, settings);
  const norms = order.flatMap((entry) => readNorm(work, entry, settings));
  const unfolded = norms.filter((norm) => !foldBackward(work, norm)).reverse();
  const rest = unfolded.filter((norm) => !foldForward(work, norm)).reverse();
  for (const norm of rest) if (!(settings.fuse && foldBackward(work, norm))) fuseOrLeave(work, norm, settings.fuse);
  return {
    config: writeGraph(graph, config),
    outcomes: order.flatMap((entry) => work.outcomes.get(entry) ?? []),
    foldings: work.foldings,
  };
}

function planInner({ outcomes, foldings }: Work, entry: Entry, model: LayersModel, settings: Settings): void {
  const training = settings.isTraining || entry.calls.some(isTraining);
  const config = entry.layerJson['config'] as JsonObject;
  const inner = planFolding(model, config, { ...settings, isTraining: training }, `${entry.path}/`);
  entry.layerJson['config'] = inner.config;
  outcomes.set(entry, inner.outcomes);
  for (const [path, folding] of inner.foldings) foldings.set(path, folding);
}

/** Empty where the layer is no batch normalization, or has to stay what it is. */
function readNorm({ outcomes }: Work, entry: Entry, settings: Settings): Norm[] {
  const { layer, path, calls, timeAxes } = entry;
  if (!isBatchNorm(layer)) return [];
  const leave = (why: string): Norm[] => {
    outcomes.set(entry, [{ path, became: 'left', why }]);
    return [];
  };
  const { batchStatisticsAtInference } = layer as { batchStatisticsAtInference?: boolean };
  if (batchStatisticsAtInference || settings.isTraining || calls.some(isTraining)) {
    return leave('it normalizes with the statistics of the batch at inference too.');
  }
  const constants = inferenceOf('foldBatchNorm', path, layer);
  const channel = unrepresentable(constants);
  if (channel !== -1) {
    return leave(`gamma / √(variance + epsilon), the mean or beta of channel ${channel} is no finite float32.`);
  }
  return [
    {
      entry,
      axis: outerAxis(layer, calls[0]?.shapes[0]?.length ?? 0, timeAxes),
      constants,
      affine: withoutMean(constants),
    },
  ];
}

/** The axis of the channels, counted from the front. Axis 0 is the batch, and no layer has its channels there. */
function outerAxis({ axis }: BatchNormFields, rank: number, timeAxes: number): number {
  if (axis < 0) return axis + rank;
  return axis === 0 ? 0 : axis + timeAxes;
}

function foldBackward(work: Work, { entry, axis, affine }: Norm): boolean {
  const { graph, foldings, frozen } = work;
  const { length } = entry.calls;
  if (length > 1) return refuse(work, entry, { before: `it is shared: it is called ${length} times` });
  const found = targetBefore({ graph, frozen }, entry.calls[0]?.references ?? [], { axis, affine });
  if (typeof found === 'string') return refuse(work, entry, { before: found });
  const { entry: target, affine: arriving } = found;
  const folding = foldings.get(target.path);
  const output = folding?.output ? followedBy(folding.output, arriving) : arriving;
  foldings.set(target.path, { ...folding, output });
  if (!frozen.has(target)) makeRoom(target);
  return fold(work, entry, [target.path]);
}

function foldForward(work: Work, { entry, axis, affine, constants }: Norm): boolean {
  if (entry.calls.length > 1) return false;
  const factor = cancellation(constants);
  if (factor > largestCancellation) {
    const behind = `its mean is ${factor.toPrecision(2)} times its output in a channel, and float32 would lose the difference in the layer behind it`;
    return refuse(work, entry, { behind });
  }
  const landings = targetsBehind(work.graph, entry, { axis, affine });
  if (typeof landings === 'string') return refuse(work, entry, { behind: landings });
  for (const { entry: target, affine: arriving } of landings) {
    const folding = work.foldings.get(target.path);
    work.foldings.set(target.path, { ...folding, input: followedBy(arriving, folding?.input) });
    makeRoom(target);
  }
  return fold(work, entry, [...new Set(landings.map(({ entry: target }) => target.path))]);
}

function refuse({ reasons }: Work, entry: Entry, why: { before?: string; behind?: string }): false {
  reasons.set(entry, { ...reasons.get(entry), ...why });
  return false;
}

function fold({ graph, outcomes }: Work, entry: Entry, into: readonly string[]): true {
  takeOut(graph, entry);
  outcomes.set(entry, [{ path: entry.path, became: 'folded', into }]);
  return true;
}

/** The layer needs a bias, and its constraints would undo what is folded into it. */
function makeRoom({ layerJson }: Entry): void {
  const config = layerJson['config'] as JsonObject;
  config['use_bias'] = true;
  for (const key of Object.keys(config)) if (key.endsWith('_constraint')) config[key] = null;
}

function fuseOrLeave(work: Work, { entry, axis, constants }: Norm, fuse: boolean): void {
  const { before, behind } = work.reasons.get(entry) ?? {};
  const why = `${[before, behind].filter((reason) => reason !== undefined).join('; ')}.`;
  work.outcomes.set(entry, [{ path: entry.path, became: fuse ? 'fused' : 'left', why }]);
  if (!fuse) return;
  const { name = '', dtype = 'float32', axis: own = -1, ...rest } = entry.layerJson['config'] as JsonObject;
  const shape = rest['batch_input_shape'];
  const config = { name, trainable: false, dtype, axis: own, ...(shape ? { batch_input_shape: shape } : {}) };
  Object.assign(entry.layerJson, { class_name: FrozenBatchNormalization.className, config });
  work.frozen.set(entry, axis);
  work.foldings.set(entry.path, { frozen: constants });
}
