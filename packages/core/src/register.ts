import { getKernel, type KernelBackend, registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { registerNormGradients } from './gradients.ts';
import {
  APPLY,
  BACKWARD,
  FORWARD,
  type ForwardCall,
  type KernelAttributes,
  type NormKernelConfig,
  type NormKernels,
  STATISTIC,
  type StatisticAttributes,
} from './kernels.ts';

/**
 * Registers the kernels of one TensorFlow.js backend, so that the ops are fused whenever that backend is the current
 * one. Doing so again for the same backend changes nothing.
 *
 * @example registerNormKernels('my-backend', { gaps: [], forward, backward, apply });
 */
export function registerNormKernels<Backend = KernelBackend>(backendName: string, kernels: NormKernels<Backend>): void {
  const missing = ['gaps', 'forward', 'backward', 'apply'].filter((name) => !(name in (kernels ?? {})));
  if (missing.length > 0) {
    throw new TypeError(
      `[normkit] registerNormKernels: the kernels of '${backendName}' must have gaps, forward, backward and apply. Missing: ${missing.join(', ')}.`,
    );
  }
  registerNormGradients();
  const register = <Attributes = KernelAttributes>(
    kernelName: string,
    run: (backend: Backend, inputs: TensorInfo[], attrs: Attributes) => TensorInfo | TensorInfo[],
  ) => {
    if (getKernel(kernelName, backendName)) return;
    registerKernel({
      kernelName,
      backendName,
      gaps: kernels.gaps,
      reserve: kernels.reserve?.bind(kernels),
      kernelFunc: ({ inputs, attrs, backend }) =>
        run(backend as Backend, Object.values(inputs) as TensorInfo[], attrs as unknown as Attributes),
    } as NormKernelConfig);
  };
  register(FORWARD, (backend, inputs, attributes) => kernels.forward(backend, forwardCall(inputs, attributes)));
  register(BACKWARD, (backend, inputs, { plan, frozenStats }) => {
    const [dy, x, stats, gamma] = inputs as [TensorInfo, TensorInfo, TensorInfo, TensorInfo | undefined];
    return kernels.backward(backend, { plan, dy, x, stats, gamma, frozenStats });
  });
  register(APPLY, (backend, [stats, ...inputs], attributes) =>
    kernels.apply(backend, { stats: stats as TensorInfo, ...forwardCall(inputs, attributes) }),
  );
  const statistic = kernels.statistic?.bind(kernels);
  if (!statistic) return;
  register<StatisticAttributes>(STATISTIC, (backend, [stats], { row }) => statistic(backend, stats as TensorInfo, row));
}

function forwardCall([x, ...parameters]: TensorInfo[], { plan, hasGamma, hasBeta }: KernelAttributes): ForwardCall {
  const gamma = hasGamma ? parameters.shift() : undefined;
  const beta = hasBeta ? parameters.shift() : undefined;
  return { plan, x: x as TensorInfo, gamma, beta };
}
