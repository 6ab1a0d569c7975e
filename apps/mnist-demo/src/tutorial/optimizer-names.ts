/**
 * Those of TensorFlow.js's optimizers that suit the tutorial, and the learning rate of each where none is given: what
 * Keras has; for adagrad what TensorFlow.js has, since at Keras's 0.001 it is slow (125 steps: 79 % are right, not 86 %).
 */
export const LEARNING_RATES = { adam: 1e-3, sgd: 1e-2, momentum: 1e-2, rmsprop: 1e-3, adagrad: 1e-2 } as const;
export type OptimizerName = keyof typeof LEARNING_RATES;
export const OPTIMIZERS = Object.keys(LEARNING_RATES) as readonly OptimizerName[];
