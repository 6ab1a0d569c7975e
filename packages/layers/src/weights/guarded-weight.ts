import { type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';

/**
 * Has `handle` write the values that a file or a caller gives to a weight. Training assigns to the variable itself, so
 * its values do not pass here.
 *
 * @param handle Gets the value, and the write that the weight had before.
 */
export function interceptWrites(
  weight: LayerVariable,
  handle: (value: Tensor, write: (value: Tensor) => void) => void,
): void {
  const write = weight.write.bind(weight);
  weight.write = (value) => {
    handle(value, write);
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
