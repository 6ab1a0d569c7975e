/**
 * What the page takes for `@tensorflow/tfjs` (vite.config.ts): the union package without its backends, which are loaded
 * when they are wanted, and without the converter, the data sets and the chained methods, which nobody here uses.
 */
// First: registering gradients asks for a flag of it.
import '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';

export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
