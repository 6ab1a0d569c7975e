import { type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';

/** Makes a weight check the values that are written to it, of a file or a caller, which TensorFlow.js does not. */
export function checkWrites(weight: LayerVariable, check: (value: Tensor) => void): void {
  const write = weight.write.bind(weight);
  weight.write = (value) => {
    check(value);
    write(value);
    return weight;
  };
}

/**
 * Makes what an optimizer assigns pass through the weight's constraint, which TensorFlow.js leaves to `write`. As in
 * Keras, written values do not: a saved weight comes back to the same bits.
 */
export function constrainUpdates(weight: LayerVariable): void {
  const variable = weight.read() as Variable;
  const assign = variable.assign.bind(variable);
  weight.write = (value) => {
    // Says so where the weight has been disposed.
    weight.read();
    if (value !== variable) assign(value);
    return weight;
  };
  const { constraint } = weight;
  if (!constraint) return;
  variable.assign = (value) => {
    tidy(() => {
      assign(constraint.apply(value) as typeof value);
    });
  };
}
