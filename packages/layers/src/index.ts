/** Keras's normalization layers for TensorFlow.js. Importing this registers them for loading. */
export {};
