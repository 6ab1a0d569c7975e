import * as tf from '@tensorflow/tfjs';
// First: it registers the flag that is set below.
import '@tensorflow/tfjs-backend-wasm';
import { openOnnx } from '../peers/onnx.ts';
import { type Job, type Report, run } from '../run.ts';

declare global {
  /** Called from outside the page. */
  var bench: (job: Job) => Promise<void>;
  /** And what it calls there. */
  var report: (news: Report) => Promise<void>;
}

globalThis.bench = (job) => {
  // One thread, as Node's build has, though this page could have more.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  // Its kernels for WebGL are no longer worked on.
  const peers = job.backend === 'webgl' ? {} : { onnx: openOnnx };
  return run(job, peers, globalThis.report);
};
