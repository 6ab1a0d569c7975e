import { NormkitError } from '@normkit/core';
import { valueText } from '@normkit/core/checks';
import type { serialization } from '@tensorflow/tfjs-core';
import type { constraints, initializers, regularizers } from '@tensorflow/tfjs-layers';
import { type ObjectConfig, tensorflowObject } from './keras-objects.ts';
import { camelCase } from './layer-arguments.ts';
import { registeredClass } from './registered-class.ts';

export type Initializer = ReturnType<typeof initializers.ones>;
export type Regularizer = ReturnType<typeof regularizers.l2>;
export type Constraint = ReturnType<typeof constraints.nonNeg>;

type Name<Known extends string> = Known | (string & Record<never, never>);

type InitializerName = Name<
  | 'zeros'
  | 'ones'
  | 'constant'
  | 'randomUniform'
  | 'randomNormal'
  | 'truncatedNormal'
  | 'glorotUniform'
  | 'glorotNormal'
  | 'heUniform'
  | 'heNormal'
>;
export type InitializerLike = InitializerName | ObjectConfig | Initializer;
export type RegularizerLike = Name<'l1' | 'l2' | 'l1l2'> | ObjectConfig | Regularizer;
export type ConstraintLike = Name<'nonNeg' | 'unitNorm' | 'maxNorm' | 'minMaxNorm'> | ObjectConfig | Constraint;

type Kind = 'initializer' | 'regularizer' | 'constraint';

export function initializerOf(layer: string, argument: string, value: InitializerLike): Initializer {
  return objectOf(layer, argument, 'initializer', value) as Initializer;
}

export function regularizerOf(layer: string, argument: string, value: unknown): Regularizer | undefined {
  return value == null ? undefined : (objectOf(layer, argument, 'regularizer', value) as Regularizer);
}

export function constraintOf(layer: string, argument: string, value: unknown): Constraint | undefined {
  return value == null ? undefined : (objectOf(layer, argument, 'constraint', value) as Constraint);
}

/** As Keras writes it into a config: what is not set is null. */
export function objectConfig(
  object: Initializer | Regularizer | Constraint | undefined,
): serialization.ConfigDict | null {
  if (!object) return null;
  const config = Object.entries(object.getConfig()).map(([key, value]) => [key, value ?? null]);
  return { className: object.getClassName(), config: Object.fromEntries(config) };
}

function objectOf(layer: string, argument: string, kind: Kind, value: unknown): serialization.Serializable {
  if (isInstance(value)) return value;
  const given = typeof value === 'string' ? { className: value } : readConfig(value);
  if (!given) {
    throw new NormkitError(
      layer,
      argument,
      `${argument} must be the name of ${kind === 'initializer' ? 'an' : 'a'} ${kind}, its config ({ className, config }) or an instance. Got ${valueText(value)}.`,
    );
  }
  const { className, config } = tensorflowObject(given);
  const known = registeredClass(className);
  if (!known) {
    throw new NormkitError(
      layer,
      argument,
      `there is no ${kind} ${valueText(given.className)}; use one of tf.${kind}s, or register a class of your own with tf.serialization.registerClass.`,
    );
  }
  const [cls, fromConfig] = known;
  return fromConfig(cls, { ...config } as serialization.ConfigDict);
}

/** Instances are told by what they do: an application may have two copies of TensorFlow.js. */
function isInstance(value: unknown): value is serialization.Serializable {
  return typeof value === 'object' && value !== null && 'apply' in value && 'getClassName' in value;
}

/** Both `{ className, config }` and what Keras 3 writes: `{ module, class_name, config, registered_name }`. */
function readConfig(value: unknown): ObjectConfig | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { className, class_name: snake, config } = value as Record<string, unknown>;
  const name = className ?? snake;
  if (typeof name !== 'string' || (config != null && typeof config !== 'object')) return undefined;
  return { className: name, config: camelKeys(config as Record<string, unknown> | null | undefined) };
}

function camelKeys(config: Readonly<Record<string, unknown>> | null | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config ?? {}).map(([key, value]) => [camelCase(key), value]));
}
