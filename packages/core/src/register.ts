import { getKernel, type KernelBackend, registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { type CallAttributes, packGradients, unpack } from './calls.ts';
import { registerNormGradients } from './gradients.ts';
import { type BackwardCall, extras, kernelNames, type NormKernels, type NormTraits, precisions } from './kernels.ts';
import { STATISTIC, type StatisticAttributes } from './statistic.ts';
import { listText, valueText } from './text.ts';
import type { NormKernelConfig } from './traits.ts';

/**
 * Registers the kernels of one TensorFlow.js backend, so that the ops are fused whenever that backend is the current
 * one. Doing so again for the same backend changes nothing.
 *
 * @example registerNormKernels('my-backend', { precision: 'float64', forward, backward, apply });
 * @throws TypeError where `kernels` lacks one of these four.
 */
export function registerNormKernels<Backend = KernelBackend>(backendName: string, kernels: NormKernels<Backend>): void {
  const missing = ['precision', 'forward', 'backward', 'apply'].filter((name) => !(name in (kernels ?? {})));
  if (missing.length > 0) {
    throw new TypeError(
      `[normkit] registerNormKernels: the kernels of '${backendName}' must have precision, forward, backward and apply. Missing: ${missing.join(', ')}.`,
    );
  }
  checkTraits(backendName, kernels);
  registerNormGradients();
  const { precision, gaps } = kernels;
  const traits = { precision, extras: kernels.extras, gaps, reserve: kernels.reserve?.bind(kernels) } as NormTraits;
  const register = <Attributes = CallAttributes>(
    kernelName: string,
    run: (backend: Backend, inputs: TensorInfo[], attributes: Attributes) => TensorInfo | TensorInfo[],
  ) => {
    if (getKernel(kernelName, backendName)) return;
    registerKernel({
      kernelName,
      backendName,
      traits,
      kernelFunc: ({ inputs, attrs, backend }) =>
        run(backend as Backend, Object.values(inputs) as TensorInfo[], attrs as unknown as Attributes),
    } as NormKernelConfig);
  };
  register(kernelNames.forward, (backend, inputs, attributes) => {
    const { y, stats } = kernels.forward(backend, unpack(inputs, attributes));
    return [y, stats];
  });
  register(kernelNames.backward, (backend, inputs, attributes) => {
    const call = unpack<BackwardCall>(inputs, attributes);
    return packGradients(call, kernels.backward(backend, call));
  });
  register(kernelNames.apply, (backend, inputs, attributes) => kernels.apply(backend, unpack(inputs, attributes)));
  const statistic = kernels.statistic?.bind(kernels);
  if (!statistic) return;
  register<StatisticAttributes>(STATISTIC, (backend, [stats], { row }) => statistic(backend, stats as TensorInfo, row));
}

/** From JavaScript, or another version, they may be anything. */
function checkTraits(
  backendName: string,
  { precision, extras: declared = [] }: Pick<NormTraits, 'precision' | 'extras'>,
): void {
  const refuse = (what: string, valid: readonly string[], got: unknown) =>
    new TypeError(
      `[normkit] registerNormKernels: ${what} of '${backendName}' must be ${listText(valid)}. Got ${valueText(got)}.`,
    );
  if (typeof precision !== 'function' && !precisions.includes(precision))
    throw refuse('precision', [...precisions, 'a function that gives one of them'], precision);
  const unknown = declared.find((extra) => !extras.includes(extra));
  if (unknown !== undefined) throw refuse('each of the extras', extras, unknown);
}
