import { NormkitError } from '@normkit/core';
import { engine, type serialization } from '@tensorflow/tfjs-core';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { registeredClass } from '../base/registered-class.ts';
import { toCamelCase } from './camel-case.ts';
import type { JsonObject } from './json.ts';

/**
 * The model of a topology, with its weights as their initializers say, or, with `fastWeightInit`, at 0, because they
 * are about to be set: an orthogonal initializer takes seconds. Where it cannot be built no weight is left behind.
 */
export function buildModel(op: string, topology: JsonObject, fastWeightInit: boolean): LayersModel {
  const { className, config } = toCamelCase(topology) as { className: string; config: serialization.ConfigDict };
  const [cls, fromConfig] = registeredClass(className) ?? [];
  if (!cls || !fromConfig || !isModel(cls.prototype)) {
    throw new NormkitError(op, 'source', `expected a model in the file. Got a layer of class '${className}'.`);
  }
  return withoutLeftovers(() => {
    // The models of TensorFlow.js take two arguments more than the type of fromConfig says.
    const read = fromConfig as (...args: [typeof cls, typeof config, object, boolean]) => unknown;
    return read(cls, config, {}, fastWeightInit) as LayersModel;
  });
}

/** Where `make` throws, the weights that it made are disposed: a model that is disposed leaves those of shared layers. */
export function withoutLeftovers<T>(make: () => T): T {
  const { registeredVariables } = engine().state;
  const before = new Set(Object.keys(registeredVariables));
  try {
    return make();
  } catch (error) {
    for (const [name, variable] of Object.entries(registeredVariables)) if (!before.has(name)) variable.dispose();
    throw error;
  }
}

function isModel(prototype: object): boolean {
  return prototype === LayersModel.prototype || prototype instanceof LayersModel;
}
