import type { BackendName } from '@normkit/shelf/backends';
import * as tf from '@tensorflow/tfjs';
import type { RaceResult } from '../service.ts';
import { useBackend } from './backends.ts';
import { normkitOp, type Op, type RealNorm, stockLayerOp } from './norm-op.ts';

/** Milliseconds that each side of a race may take, past its warm-up. */
const BUDGET = 800;
const LEAST_TURNS = 3;
/** A pass that takes longer has warmed itself up. */
const SLOW = 1000;

/** Milliseconds of one forward and backward pass of the norm on the current backend: the least of three. */
export async function timeNorm(norm: RealNorm, shape: readonly number[]): Promise<number> {
  const op = normkitOp(norm, shape);
  const pass = passOf(op);
  const times = [await pass(), await pass(), await pass()];
  tf.dispose([...op.inputs]);
  return Math.min(...times);
}

/** normkit against what TensorFlow.js has, turn by turn, so that a machine that slows down is fair to both. */
export async function race(norm: RealNorm, shape: readonly number[], backend: BackendName): Promise<RaceResult> {
  await useBackend(backend);
  const layer = stockLayerOp(norm, shape);
  const ours = passOf(normkitOp(norm, shape));
  const stock = layer ? passOf(layer) : withoutKernels(backend, passOf(normkitOp(norm, shape)));
  const times = { ours: await warmUp(ours), stock: await warmUp(stock) };
  const isOpen = (samples: readonly number[]) =>
    samples.length === 0 || (samples.length < LEAST_TURNS && sum(samples) < SLOW) || sum(samples) < BUDGET;
  while (isOpen(times.ours) || isOpen(times.stock)) {
    if (isOpen(times.ours)) times.ours.push(await ours());
    if (isOpen(times.stock)) times.stock.push(await stock());
  }
  const stockKind = layer ? 'layer' : 'operations';
  return { shape, normkit: median(times.ours), stock: median(times.stock), stockKind };
}

type Pass = () => Promise<number>;

/** Times one pass. Reads the gradient of gamma, for which a GPU has to have done it all. */
function passOf({ run, inputs }: Op): Pass {
  const differentiated = tf.valueAndGrads(run);
  return async () => {
    const start = performance.now();
    const { value, grads } = differentiated([...inputs]);
    await grads[1]?.data();
    const milliseconds = performance.now() - start;
    tf.dispose([value, ...grads]);
    return milliseconds;
  };
}

/** Runs a pass with normkit's kernels taken away: its ops are then composed of TensorFlow.js's own. */
function withoutKernels(backend: BackendName, pass: Pass): Pass {
  return async () => {
    const kernels = tf.getKernelsForBackend(backend).filter(({ kernelName }) => kernelName.startsWith('Normkit'));
    for (const { kernelName } of kernels) tf.unregisterKernel(kernelName, backend);
    try {
      return await pass();
    } finally {
      for (const kernel of kernels) tf.registerKernel(kernel);
    }
  };
}

/** The time of a slow pass, or none: then the compilers have had theirs. */
async function warmUp(pass: Pass): Promise<number[]> {
  const first = await pass();
  if (first > SLOW) return [first];
  for (let spent = first; spent < 100; ) spent += Math.max(0.1, await pass());
  return [];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
