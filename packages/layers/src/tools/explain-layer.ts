import { explainNorm, factLines } from '@normkit/core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { Meaning } from '../registry/layer-class.ts';
import { coveredClass } from '../registry/register.ts';

export function isNormalization(layer: layers.Layer): boolean {
  return coveredClass(layer.getClassName()) !== undefined;
}

/** What a layer does, if that is the same for every input. */
export function sentenceOf(layer: layers.Layer): string | undefined {
  const meaning = meaningOf(layer);
  return typeof meaning === 'string' ? meaning : undefined;
}

export interface LayerExplanation {
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

/** What a normalization layer does to an input of this shape, and warnings of what is probably not meant. */
export function explainLayer(layer: layers.Layer, shape: readonly number[], batchIsKnown: boolean): LayerExplanation {
  const meaning = meaningOf(layer);
  if (typeof meaning === 'string') return { lines: [meaning], warnings: [] };
  const { norm, options, remark, warnings } = meaning;
  const facts = explainNorm(norm, shape, withoutNulls(options));
  return {
    lines: [...factLines(facts), ...(remark === undefined ? [] : [`remark    ${remark}`])],
    warnings: [...(facts.warning === undefined ? [] : [facts.warning]), ...(warnings?.(shape, batchIsKnown) ?? [])],
  };
}

/** TensorFlow.js's own layers, and those of another copy of this package, are known by the names of their classes. */
function meaningOf(layer: layers.Layer): Meaning {
  return coveredClass(layer.getClassName())?.meaning(layer as never) ?? '';
}

/** An application's class of the same name may hold null in a field: then the default counts. */
function withoutNulls<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null)) as Options;
}
