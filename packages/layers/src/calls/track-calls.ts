import type { Tensor } from '@tensorflow/tfjs-core';
import { LayersModel, layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { CallArguments } from '../abstract-layers/keras-layer.ts';
import { passOnMasks } from './pass-on-masks.ts';
import {
  isFirst,
  maskOf,
  type RunningCall,
  runningCalls,
  takeNext,
  trainingInGraph,
  watchOutput,
} from './running-calls.ts';

/*
 * TensorFlow.js loses two facts about a call. First, the mask: a model writes the last mask that it found where every
 * later layer reads it, also layers for which the mask is not meant. Second, the arguments in the graph: a model drops
 * `training: false` of a single call. This file therefore watches the calls of all layers, and our layers ask it. The
 * results of TensorFlow.js's own layers stay the same.
 */

type Apply = layers.Layer['apply'];
const apply: Apply = layers.Layer.prototype.apply;

if (isFirst) layers.Layer.prototype.apply = watchedApply;

function watchedApply(this: layers.Layer, inputs: Parameters<Apply>[0], kwargs?: CallArguments): ReturnType<Apply> {
  const output = takeNext(this);
  const given = listOf<Tensor | SymbolicTensor>(inputs);
  if (given.some((input) => input instanceof SymbolicTensor)) {
    const outputs = apply.call(this, inputs, kwargs as CallArguments);
    for (const symbolic of listOf(outputs)) watchOutput(symbolic as SymbolicTensor);
    return outputs;
  }
  const training = output && trainingInGraph(output);
  const around = runningCalls.at(-1);
  const inTraining = around?.inTraining ?? Boolean(kwargs?.['training']);
  const call: RunningCall = {
    layer: this,
    kwargs: training === undefined ? kwargs : { ...kwargs, training },
    mask: maskOf(given[0] as Tensor),
    byModel: output !== undefined,
    inTraining,
    standsStill: around?.standsStill === true || (training === true && !inTraining),
    kept: this instanceof LayersModel || (!around && !output) ? [] : undefined,
  };
  return passOnMasks(
    call,
    given as Tensor[],
    () => apply.call(this, inputs, call.kwargs as CallArguments) as Tensor | Tensor[],
  );
}

function listOf<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}
