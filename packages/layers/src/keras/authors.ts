import type { JsonObject } from '../model-json/json.ts';

/** Whose class an entry of a file is, as far as the file says it. */
export type Author = 'keras' | 'keras-contrib' | 'another' | 'unsaid';

/**
 * Keras 3 writes the module, and `registered_name` for what is not part of Keras; Keras 2 wrote `package>Name` for
 * classes that their application had registered, and a bare name for all others.
 */
export function authorOf({ class_name: className, module, registered_name: registeredName }: JsonObject): Author {
  const named = [registeredName, className].find((name) => typeof name === 'string' && name.includes('>'));
  if (typeof named === 'string') return /^keras(\.\w+)*>/i.test(named) ? 'keras' : 'another';
  if (typeof module === 'string') {
    if (/^((tensorflow\.(python\.)?)?keras|tf_keras|keras_core)(\.|$)/.test(module)) return 'keras';
    return /^keras_contrib(\.|$)/.test(module) ? 'keras-contrib' : 'another';
  }
  return typeof registeredName === 'string' ? 'another' : 'unsaid';
}
