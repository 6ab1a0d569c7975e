import { NormkitError } from '@normkit/core';
import { listText, shortText, valueText } from '@normkit/core/checks';
import { Optimizer, serialization, type Tensor } from '@tensorflow/tfjs-core';
import { constraints, initializers, layers, regularizers } from '@tensorflow/tfjs-layers';
import { camelCase } from '../arguments/layer-arguments.ts';
import { registeredClass } from '../registry/registered-class.ts';
import { type ObjectConfig, tensorflowObject } from './keras-objects.ts';

export type Initializer = ReturnType<typeof initializers.ones>;
export type Regularizer = ReturnType<typeof regularizers.l2>;
export type Constraint = ReturnType<typeof constraints.nonNeg>;
/** TensorFlow.js does not export the type. */
export type Activation = serialization.Serializable & { apply(x: Tensor): Tensor };

type Name<Known extends string> = Known | (string & Record<never, never>);

type InitializerName = Name<
  | 'zeros'
  | 'ones'
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
export type ActivationLike =
  | Name<'linear' | 'tanh' | 'sigmoid' | 'hardSigmoid' | 'relu' | 'swish'>
  | ObjectConfig
  | Activation;

type Kind = 'initializer' | 'regularizer' | 'constraint' | 'activation';

/** The base classes of what is registered with TensorFlow.js. Not all of these classes are exported. */
const basePrototypes: Readonly<Record<string, object>> = {
  initializer: basePrototype(initializers.zeros()),
  regularizer: basePrototype(regularizers.l2()),
  constraint: basePrototype(constraints.nonNeg()),
  activation: basePrototype(registeredClass('linear')?.[0].prototype),
  layer: layers.Layer.prototype,
  optimizer: Optimizer.prototype,
};

function basePrototype(instance: object | undefined): object {
  return Object.getPrototypeOf(instance?.constructor).prototype;
}

export function initializerOf(layer: string, argument: string, value: InitializerLike): Initializer {
  return objectOf(layer, argument, 'initializer', value) as Initializer;
}

export function regularizerOf(layer: string, argument: string, value: unknown): Regularizer | undefined {
  return value == null ? undefined : (objectOf(layer, argument, 'regularizer', value) as Regularizer);
}

export function constraintOf(layer: string, argument: string, value: unknown): Constraint | undefined {
  return value == null ? undefined : (objectOf(layer, argument, 'constraint', value) as Constraint);
}

/** TensorFlow.js registers activations by their names in camelCase, and has Keras's `silu` as `swish`. */
export function activationOf(layer: string, argument: string, value: ActivationLike): Activation {
  const name = typeof value === 'string' && !registeredClass(value) ? camelCase(value) : value;
  return objectOf(layer, argument, 'activation', name === 'silu' ? 'swish' : name) as Activation;
}

/** The config of an object as Keras writes it: null for an object or a setting that is not there. */
export function objectConfig(
  object: Initializer | Regularizer | Constraint | undefined,
): serialization.ConfigDict | null {
  if (!object) return null;
  const config = Object.entries(object.getConfig()).map(([key, value]) => [key, value ?? null]);
  return { className: object.getClassName(), config: Object.fromEntries(config) };
}

function objectOf(layer: string, argument: string, kind: Kind, value: unknown): serialization.Serializable {
  const fail = (message: string) => new NormkitError(layer, argument, message);
  if (isInstance(value)) {
    const other = otherKind(kind, value, value.getClassName());
    if (other === undefined) return value;
    throw fail(`${argument} must be ${aKind(kind)}. Got ${value.getClassName()}, ${aKind(other)}; ${advice(kind)}.`);
  }
  const given = typeof value === 'string' ? { className: value } : readConfig(value);
  if (!given) {
    throw fail(
      `${argument} must be the name of ${aKind(kind)}, its config ({ className, config }) or an instance. Got ${valueText(value)}.`,
    );
  }
  const { className, config } = tensorflowObject(given);
  const known = registeredClass(className);
  if (!known) throw fail(`there is no ${kind} ${valueText(given.className)}; ${advice(kind)}.`);
  const [cls, fromConfig] = known;
  const other = otherKind(kind, cls.prototype, className);
  if (other !== undefined) {
    throw fail(
      `${argument} must be ${aKind(kind)}. Got ${valueText(given.className)}, ${aKind(other)}; ${advice(kind)}.`,
    );
  }
  try {
    return fromConfig(cls, { ...config } as serialization.ConfigDict);
  } catch (error) {
    throw fail(
      `${aKind(kind)} ${className} takes other arguments than ${settingsText(config)}: ${(error as Error).message} Give them as in { className: 'Constant', config: { value: 0.5 } }.`,
    );
  }
}

/** A config in a message, shortened. A config that JSON cannot write must not hide the error. */
function settingsText(config: unknown): string {
  try {
    return shortText(JSON.stringify(config));
  } catch {
    return 'these';
  }
}

/** Not `instanceof`: an application may have two copies of TensorFlow.js. */
function isInstance(value: unknown): value is serialization.Serializable {
  return typeof value === 'object' && value !== null && 'apply' in value && 'getClassName' in value;
}

/**
 * The kind of an object that is known to be of another kind. A class of an application may have no known base class.
 */
function otherKind(wanted: Kind, object: object, className: string): string | undefined {
  const kind = kindOf(object) ?? kindOf(registeredClass(className)?.[0].prototype);
  return kind === wanted ? undefined : kind;
}

/** `layer`, `initializer` and so on, of an object or the prototype of a class. */
export function kindOf(object: unknown): string | undefined {
  return Object.keys(basePrototypes).find((kind) => {
    return Object.prototype.isPrototypeOf.call(basePrototypes[kind], object as object);
  });
}

function aKind(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

function advice(kind: Kind): string {
  const { classNameMap } = serialization.SerializationMap.getMap();
  const names = Object.keys(classNameMap).filter((name) => kindOf(classNameMap[name]?.[0].prototype) === kind);
  const valid = kind === 'regularizer' ? [...names, 'L1', 'L2'] : names;
  return `use ${listText(valid)}, or register a class of your own with tf.serialization.registerClass`;
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
