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
 * Applies the weight's constraint to the values that an optimizer assigns. TensorFlow.js applies it to written values
 * only. Here, as in Keras, a written value stays as it is: a saved weight is loaded to the same bits.
 */
export function constrainUpdates(weight: LayerVariable): void {
  const variable = weight.read() as Variable;
  const assign = variable.assign.bind(variable);
  weight.write = (value) => {
    // Throws where the weight has been disposed.
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
