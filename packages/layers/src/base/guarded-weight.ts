import { type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';

/**
 * Makes a weight do two things that TensorFlow.js's weights do not: values that are written to it are checked first, and
 * what an optimizer assigns passes through its constraint. As in Keras, written values do not: a saved weight comes back
 * to the same bits.
 */
export function guardWeight(weight: LayerVariable, check: (value: Tensor) => void): void {
  const variable = weight.read() as Variable;
  const assign = variable.assign.bind(variable);
  weight.write = (value) => {
    check(value);
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
