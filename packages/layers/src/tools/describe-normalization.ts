import { NormkitError } from '@normkit/core';
import { checkOptions, valueText } from '@normkit/core/checks';
import { type LayersModel, Sequential, type Shape } from '@tensorflow/tfjs-layers';
import { observeShapes } from '../calls/observe-calls.ts';
import { explainLayer, isNormalization, sentenceOf } from './explain-layer.ts';
import { layersIn, type PlacedLayer } from './model-layers.ts';

export interface DescribeOptions {
  /** The size of the batches. Default: the size in the model's input, or 32, which `model.fit` uses. */
  readonly batchSize?: number | undefined;
  /**
   * The shape of one sample, without the batch, for a model that leaves extents open. A model with several inputs takes
   * several shapes.
   */
  readonly inputShape?: readonly number[] | readonly (readonly number[])[] | undefined;
}

/** One normalization layer, at one shape of input. */
export interface NormalizationReport {
  /** Its path: `block/norm` is `norm` in the model or wrapper `block`. */
  readonly layer: string;
  readonly className: string;
  /** An extent that is not known is null. Undefined where the whole shape is not known. */
  readonly inputShape: Shape | undefined;
  /** What `explain` says of it. */
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

const op = 'describeNormalization';

/**
 * Every normalization layer of a model, also of models and wrappers within it, with the axes that it reduces, the
 * number of elements of each statistic, and warnings: a statistic over one element, layer norm of each pixel where the
 * whole sample was likely meant, batch norm with a batch of 1 to 4 (where the batch is known). Nothing is computed.
 *
 * @throws NormkitError where `model` is no model, or batchSize and inputShape do not fit it.
 */
export function inspectNormalization(model: LayersModel, options: DescribeOptions = {}): NormalizationReport[] {
  checkOptions(op, options, ['batchSize', 'inputShape']);
  const found = layersIn(op, model).filter(({ layer }) => isNormalization(layer));
  const inputs = inputShapes(model, options);
  const batchIsKnown = options.batchSize !== undefined || model.inputs.every(({ shape }) => shape[0] !== null);
  const shapes = shapesOf(model, found, inputs);
  return found.flatMap((placed) => {
    const own = shapes.get(placed.layer) ?? [undefined];
    return own.map((shape) => report(placed, shape, batchIsKnown));
  });
}

/** The same as text: a table with a row for each layer. */
export function describeNormalization(model: LayersModel, options: DescribeOptions = {}): string {
  const reports = inspectNormalization(model, options);
  if (reports.length === 0) return `${model.name} has no normalization layer.`;
  const rows = reports.map(({ layer, className, inputShape, lines, warnings }) => ({
    cells: [layer, className, inputShape ? openShapeText(inputShape) : '?'],
    lines: [...lines, ...warnings.map((warning) => `warning   ${warning}`)],
  }));
  const header = ['layer', 'class', 'input'];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map(({ cells }) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[], last: string) =>
    [...cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)), last].join('  ').trimEnd();
  const body = rows.flatMap(({ cells, lines }) =>
    lines.map((text, index) => line(index === 0 ? cells : cells.map(() => ''), text)),
  );
  return [line(header, 'statistics'), ...body].join('\n');
}

function report({ layer, path }: PlacedLayer, shape: Shape | undefined, batchIsKnown: boolean): NormalizationReport {
  const base = { layer: path, className: layer.getClassName(), inputShape: shape };
  const sentence = sentenceOf(layer);
  if (sentence !== undefined) return { ...base, lines: [sentence], warnings: [] };
  if (shape === undefined) return { ...base, lines: ['the shape of its input is not known'], warnings: [] };
  const open = shape.flatMap((size, axis) => (size === null ? [axis] : []));
  if (open.length === 0) return { ...base, ...explainLayer(layer, shape as number[], batchIsKnown) };
  const lines = [
    `the extent of ${open.length === 1 ? 'axis' : 'axes'} ${open.join(', ')} is not known: give inputShape`,
  ];
  return { ...base, lines, warnings: [] };
}

/** The shapes of the model's inputs, with what the options say of them. */
function inputShapes({ inputs }: LayersModel, { batchSize, inputShape }: DescribeOptions): Shape[] {
  if (batchSize !== undefined && !(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new NormkitError(op, 'batchSize', `batchSize must be a positive integer. Got ${valueText(batchSize)}.`);
  }
  const isList = Array.isArray(inputShape?.[0]);
  const given = (inputShape === undefined ? [] : isList ? inputShape : [inputShape]) as readonly (readonly number[])[];
  if (inputShape !== undefined && given.length !== inputs.length) {
    throw new NormkitError(
      op,
      'inputShape',
      `inputShape must be one shape for each of the model's ${inputs.length} inputs. Got ${valueText(inputShape)}.`,
    );
  }
  return inputs.map(({ shape: [batch, ...sample] }, index) => {
    const own = given[index] ?? sample;
    const fits = own.length === sample.length && sample.every((size, axis) => size === null || size === own[axis]);
    if (fits) return [batchSize ?? batch ?? 32, ...own];
    throw new NormkitError(
      op,
      'inputShape',
      `inputShape must fit the input of shape ${openShapeText(sample)}, without the batch. Got ${valueText(own)}.`,
    );
  });
}

/** The shapes that reach each layer, each once. The model calls its layers for the shapes of their outputs. */
function shapesOf(
  model: LayersModel,
  found: readonly PlacedLayer[],
  inputs: Shape[],
): Map<PlacedLayer['layer'], Shape[]> {
  const shapes = new Map<PlacedLayer['layer'], Shape[]>();
  if (model instanceof Sequential && !model.built) model.build();
  observeShapes(
    found.map(({ layer }) => layer),
    (layer, shape) => {
      const known = shapes.get(layer) ?? [];
      if (!known.some((other) => openShapeText(other) === openShapeText(shape)))
        shapes.set(layer, [...known, [...shape]]);
    },
    () => model.computeOutputShape(inputs),
  );
  return shapes;
}

function openShapeText(shape: readonly (number | null | undefined)[]): string {
  return `[${shape.map((size) => size ?? '?').join(',')}]`;
}
