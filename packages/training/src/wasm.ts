/**
 * Importing this makes TensorFlow.js's wasm backend able to train convolutional models: TRAINING.md says which kernels it
 * adds, corrects and makes faster. They live beside the kernels of the norms, on the same heap.
 */
import '@normkit/backend-wasm/training';
