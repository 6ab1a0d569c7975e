import { engine, keep, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** The result of some work, and how to dispose everything that TensorFlow.js made for it. */
export interface Undoable<T> {
  readonly result: T;
  undo(): void;
}

/**
 * Does work that makes variables and tensors. If it throws, all of them are disposed. Otherwise they stay until `undo`
 * is called. TensorFlow.js's own `dispose` of a model is not enough: it leaves the weights of a layer that is called
 * twice, and the variables of an optimizer that failed half-way.
 */
export function undoable<T>(work: () => T): Undoable<T> {
  const { registeredVariables } = engine().state;
  const before = new Set(Object.keys(registeredVariables));
  let made: Tensor[] = [];
  const outcome: T[] = [];
  const undo = () => {
    for (const tensor of made) if (!tensor.isDisposed) tensor.dispose();
  };
  tidy(() => {
    try {
      outcome.push(work());
    } finally {
      const variables = Object.entries(registeredVariables).filter(([name]) => !before.has(name));
      made = [...variables.map(([, variable]) => variable), ...(engine().state.activeScope?.track ?? [])];
      if (outcome.length === 0) undo();
      else for (const tensor of made) keep(tensor);
    }
  });
  return { result: outcome[0] as T, undo };
}
