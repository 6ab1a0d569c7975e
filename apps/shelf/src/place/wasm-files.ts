/// <reference types="vite/client" />
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import threadedFactory from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js';
import threadedSource from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js?raw';

/* Vite gives the files addresses; TensorFlow.js would look for them beside the page. */
setWasmPaths({
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threaded,
});

/*
 * TensorFlow.js starts its threads with the text of this function, which a bundler has changed: names that it uses are
 * now those of other modules, and no thread starts. So the function tells its text as it was.
 */
const factory = threadedFactory as unknown as { default?: object };
Object.assign(factory.default ?? factory, {
  toString: () => threadedSource.slice(threadedSource.indexOf('=') + 1),
});
