import type { NamedAttrMap, NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { extrasOf, pack, unpackGradients } from './calls.ts';
import * as composed from './composed.ts';
import {
  type ApplyCall,
  type BackwardCall,
  type BackwardResult,
  type ForwardCall,
  kernelNames,
  type NormCall,
  type NormTraits,
} from './kernels.ts';
import { statistic } from './statistic.ts';
import { normTraits } from './traits.ts';

/*
 * Each call runs on the current backend's kernel where there is one that covers it. Otherwise it is composed of
 * TensorFlow.js's own operations.
 */

export function forward(call: ForwardCall<Tensor>): Tensor {
  return fused('forward', call)?.[0] ?? composed.forward(call);
}

/** With one mean and variance for each segment, which have gradients too. */
export function forwardWithMoments(call: ForwardCall<Tensor>): composed.ForwardWithMoments {
  // The gradient of a fused statistic knows no weights.
  const made = call.weights ? undefined : fused('forward', call);
  if (!made) return composed.forwardWithMoments(call);
  const [y, stats] = made as [Tensor, Tensor];
  return { y, mean: statistic('mean', call, stats), variance: statistic('variance', call, stats) };
}

export function apply(call: ApplyCall<Tensor>): Tensor {
  return fused('apply', call)?.[0] ?? composed.apply(call);
}

export function backward(call: BackwardCall<Tensor>): BackwardResult<Tensor> {
  // Inside another gradient the result must be differentiable again, which the fused kernel's is not.
  const made = tf.engine().state.gradientDepth > 0 ? undefined : fused('backward', call);
  return made ? unpackGradients(call, made) : composed.backward(call);
}

/** What the current backend's kernel makes of a call, or `undefined` where it has none that covers it. */
function fused(name: keyof typeof kernelNames, call: NormCall<Tensor>): Tensor[] | undefined {
  const engine = tf.engine();
  // Asked for first: the engine sets its backend up, and knows its name, when somebody wants it.
  const { backend } = engine;
  const traits = normTraits(engine.backendName);
  if (!traits || isBeyond(traits, call, backend)) return undefined;
  const { inputs, attributes } = pack(call);
  const made = engine.runKernel(
    kernelNames[name],
    inputs as unknown as NamedTensorMap,
    attributes as unknown as NamedAttrMap,
  ) as Tensor | Tensor[];
  return Array.isArray(made) ? made : [made];
}

/** Whether a backend's kernels do not do this call. */
function isBeyond({ extras, gaps }: NormTraits, call: NormCall<Tensor>, backend: tf.KernelBackend): boolean {
  const lacks = extrasOf(call).some((extra) => !extras?.includes(extra));
  return lacks || (gaps?.some((gap) => gap.covers(call, backend)) ?? false);
}
