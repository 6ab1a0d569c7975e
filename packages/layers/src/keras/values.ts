import { valueText } from '@normkit/core/checks';
import { isObject, type Json, type JsonObject } from '../model-json/json.ts';
import { registeredClass } from '../registry/registered-class.ts';
import { kerasObject, tensorflowObject } from '../weights/keras-objects.ts';
import { kindOf } from '../weights/weight-objects.ts';
import { resolveObjectName } from './class-names.ts';
import { configError } from './expect.ts';

/**
 * The data type of a layer as TensorFlow.js knows it. Keras writes a name, or a policy: `{ class_name: 'DTypePolicy',
 * config: { name: 'mixed_float16' } }`. TensorFlow.js computes in float32 and int32 alone, whatever the width was.
 */
export function convertDtype(value: Json, where: string): Json {
  if (value === null) return null;
  if (isObject(value)) {
    const config = isObject(value['config']) ? value['config'] : {};
    return convertDtype(config['name'] ?? config['default_policy'] ?? 'float32', where);
  }
  const name = typeof value === 'string' ? value : '';
  if (/^(mixed_)?(b?float\d+)$/.test(name)) return 'float32';
  if (/^u?int\d+$/.test(name)) return 'int32';
  if (['bool', 'string', 'complex64'].includes(name)) return name;
  throw configError(where, `there is no dtype ${valueText(value)} in TensorFlow.js; use float32.`);
}

/** An initializer: without a seed that is an object, and without a dtype. */
export function convertInitializer(value: Json, where: string): Json {
  const converted = convertObject(value, where, 'initializer');
  if (!isObject(converted) || !isObject(converted['config'])) return converted;
  const { dtype: _, ...config } = converted['config'];
  if (isObject(config['seed'])) config['seed'] = null;
  if (config['distribution'] === 'untruncated_normal') config['distribution'] = 'normal';
  return { ...converted, config };
}

/**
 * An initializer, a regularizer or a constraint, without Keras 3's `module` and `registered_name`.
 *
 * @throws NormkitError where it is of another kind: TensorFlow.js would take a layer for a constraint.
 */
export function convertObject(value: Json, where: string, kind: string): Json {
  if (typeof value === 'string') {
    const known = kerasObject(value);
    if (known) return { class_name: known.className, config: { ...known.config } as JsonObject };
    checkKind(tensorflowObject({ className: value }).className, where, kind);
    return value;
  }
  if (!isObject(value)) return value;
  const config = isObject(value['config']) ? value['config'] : {};
  const object = tensorflowObject({ className: resolveObjectName(value, where), config });
  checkKind(object.className, where, kind);
  return { class_name: object.className, config: object.config as JsonObject };
}

function checkKind(className: string, where: string, kind: string): void {
  const other = kindOf(registeredClass(className)?.[0].prototype);
  if (other === undefined || other === kind) return;
  throw configError(
    where,
    `expected the class of a ${kind}. Got ${valueText(className)}, which is that of a ${other}.`,
  );
}

/** The name of an activation. Keras 3 may write a function object; a layer as an activation has no counterpart. */
export function convertActivation(value: Json, where: string, isKeras3: boolean): Json {
  if (isObject(value)) {
    if (value['class_name'] === 'function') return convertActivation(value['config'] ?? null, where, isKeras3);
    throw configError(
      where,
      `the activation is an object of class ${valueText(value['class_name'])}; TensorFlow.js takes the name of a function. Put it into a layer of its own.`,
    );
  }
  if (value === 'hard_sigmoid' && isKeras3) {
    throw configError(
      where,
      "Keras 3's activation hard_sigmoid is relu6(x + 3) / 6, but TensorFlow.js computes Keras 2's, clip(0.2 x + 0.5, 0, 1); use sigmoid and train again.",
    );
  }
  return value === 'silu' ? 'swish' : value;
}
