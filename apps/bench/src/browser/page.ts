/// <reference types="vite/client" />
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { openOnnx } from '../peers/onnx.ts';
import { type Job, type Report, run } from '../run.ts';

declare global {
  /** Called from outside the page. */
  var bench: (job: Job) => Promise<void>;
  /** And what it calls there. */
  var report: (news: Report) => Promise<void>;
}

globalThis.bench = (job) => {
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plain,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': threaded,
  });
  // One thread, as Node's build has, though this page could have more.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  return run(job, { onnx: openOnnx }, globalThis.report);
};
