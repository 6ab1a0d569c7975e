import type { Key, Keys } from './shaders/key.ts';
import type { TensorName } from './shaders/module.ts';
import { type Kind, UNIFORMS, type Uniforms } from './shaders/uniforms.ts';

/*
 * What a call of a kernel comes to on the device, as data: made from the plan, from what is given and from the tuning
 * alone, so that it can be printed and tested where there is no device.
 */

/** One run of a shader. Its tensors are those that the shader of `key` names. */
export type Dispatch<K extends Kind = Kind> = {
  readonly [Each in K]: {
    readonly key: Key<Each>;
    readonly uniforms: Uniforms<Each>;
    /** How many workgroups run. */
    readonly groups: number;
  };
}[K];

/** The dispatches of a call, in order, and the tensors that they need beside the call's own. */
export interface Commands<Output extends TensorName> {
  /** The shapes of what the call returns. */
  readonly outputs: Readonly<Record<Output, readonly number[] | 'as x'>>;
  /** How many floats each tensor has that only lies between two dispatches. */
  readonly scratch: Readonly<Record<string, number>>;
  readonly dispatches: readonly Dispatch[];
}

/** Which of gamma and beta a call has. */
export interface GivenAffine {
  readonly gamma: boolean;
  readonly beta: boolean;
}

/** A dispatch that has the uniforms of its kind, and no others, out of `values`. */
export function dispatchOf<K extends Kind>(kind: K, key: Keys[K], values: Uniforms<K>, groups: number): Dispatch {
  const uniforms: Partial<Record<keyof Uniforms<K>, number>> = {};
  for (const name of UNIFORMS[kind] as readonly (keyof Uniforms<K>)[]) uniforms[name] = values[name];
  return { key: { kind, ...key }, uniforms, groups } as unknown as Dispatch;
}
