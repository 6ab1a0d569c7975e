import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { type BackwardCall, type BackwardResult, type Extra, extras, type NormCall } from './kernels.ts';

/*
 * TensorFlow.js gives a kernel a list of tensors and some attributes, and takes a list of tensors from it. Calls and
 * results, whose tensors have names, become such lists here, and here they come out of them again.
 */

/** The tensors of calls, in the order in which TensorFlow.js has them. */
const tensorNames = ['dy', 'x', 'stats', 'gamma', 'beta', ...extras] as const;
export type TensorName = (typeof tensorNames)[number];

/** What is no tensor of a call. */
export interface CallAttributes extends Pick<NormCall, 'plan'>, Partial<Pick<BackwardCall, 'frozenStats'>> {
  /** The names of the tensors in the list. */
  readonly given: readonly TensorName[];
}

export function pack(call: NormCall<Tensor>): { readonly inputs: Tensor[]; readonly attributes: CallAttributes } {
  const tensors = call as Readonly<Partial<Record<TensorName, Tensor>>>;
  const inputs: Tensor[] = [];
  const given: TensorName[] = [];
  for (const name of tensorNames) {
    const tensor = tensors[name];
    if (tensor === undefined) continue;
    inputs.push(tensor);
    given.push(name);
  }
  const { plan, frozenStats } = call as BackwardCall<Tensor>;
  return { inputs, attributes: { plan, frozenStats, given } };
}

/** The call again. TensorFlow.js's list may be longer: behind the inputs stands what a gradient has saved. */
export function unpack<Call extends NormCall<T>, T = TensorInfo>(
  inputs: readonly T[],
  { given, plan, frozenStats }: CallAttributes,
): Call {
  const call: Record<string, unknown> = { plan, frozenStats };
  given.forEach((name, index) => {
    call[name] = inputs[index];
  });
  return call as unknown as Call;
}

/** The extras that a call uses. */
export function extrasOf(call: NormCall<unknown>): Extra[] {
  return extras.filter((name) => (call as Partial<Record<Extra, unknown>>)[name] !== undefined);
}

/** The gradients that `backward` makes of a call, in the order in which TensorFlow.js has them. */
function gradientNames(call: NormCall<unknown>): readonly (keyof BackwardResult)[] {
  return ['dx', 'dgamma', 'dbeta', ...extrasOf(call).map((name) => `d${name}` as const)];
}

export function packGradients(call: BackwardCall, result: BackwardResult): TensorInfo[] {
  return gradientNames(call).map((name) => {
    const gradient = result[name];
    if (gradient) return gradient;
    throw new TypeError(
      `[normkit] the backward kernel must return dx, dgamma and dbeta, and the gradient of each extra that its backend declares. Got no ${name}.`,
    );
  });
}

export function unpackGradients(call: BackwardCall<Tensor>, list: readonly Tensor[]): BackwardResult<Tensor> {
  const entries = gradientNames(call).map((name, index) => [name, list[index]]);
  return Object.fromEntries(entries) as BackwardResult<Tensor>;
}

/** A gradient for each tensor of a call, by its place in the list, as TensorFlow.js wants them. */
export function gradientsByPlace(
  { given }: CallAttributes,
  gradientOf: (name: TensorName) => Tensor,
): Record<string, () => Tensor> {
  return Object.fromEntries(given.map((name, index) => [String(index), () => gradientOf(name)]));
}
