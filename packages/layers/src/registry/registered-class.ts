import { serialization } from '@tensorflow/tfjs-core';
import { LayersModel } from '@tensorflow/tfjs-layers';

/** A class, and the function that makes an object of it from a config. */
export type RegisteredClass = (typeof serialization.SerializationMap.prototype.classNameMap)[string];

/** The class that TensorFlow.js has registered under this name. */
export function registeredClass(name: string): RegisteredClass | undefined {
  const { classNameMap } = serialization.SerializationMap.getMap();
  return Object.hasOwn(classNameMap, name) ? classNameMap[name] : undefined;
}

/** Whether a registered class is a model, which TensorFlow.js calls once when it makes it. */
export function isModelClass(name: string): boolean {
  const prototype: unknown = registeredClass(name)?.[0].prototype;
  return prototype === LayersModel.prototype || prototype instanceof LayersModel;
}
