import { type DeviceLoss, watchDevices } from '@normkit/core/devices';

/** What TensorFlow.js reads a texture by. On a lost context they give zeros. */
const DOWNLOADS = [
  'downloadFloat32MatrixFromBuffer',
  'downloadMatrixFromPackedTexture',
  'downloadByteEncodedFloatMatrixFromOutputTexture',
] as const;

/** What is used of TensorFlow.js's context (`GPGPUContext`). */
interface Context extends Partial<Record<(typeof DOWNLOADS)[number], (...all: unknown[]) => unknown>> {
  readonly gl?: WebGLRenderingContext;
  /** Reads that wait for the GPU to have come to their fence. */
  itemsToPoll?: { resolveFn(): void }[];
  addItemToPoll?(isDone: () => boolean, resolve: () => void): void;
}

/** Several backends may share one WebGL context: their contexts, by that. */
const contexts = new WeakMap<WebGLRenderingContext, Set<Context>>();

function contextsOf(gl: WebGLRenderingContext): Set<Context> {
  const known = contexts.get(gl) ?? new Set();
  contexts.set(gl, known);
  return known;
}

/**
 * Calls back when the context of TensorFlow.js's webgl backend is lost: the present one, and those that come after it.
 * All tensors on it are lost too, and what is computed from them is worth nothing. Returns a function that ends it.
 *
 * @example onDeviceLost(({ message }) => console.warn(`The GPU is gone: ${message}`));
 */
export const onDeviceLost = watchDevices<WebGLRenderingContext>(
  'webgl',
  (backend) => {
    const { gpgpu } = backend as unknown as { gpgpu?: Context };
    if (gpgpu?.gl && !contextsOf(gpgpu.gl).has(gpgpu)) {
      contextsOf(gpgpu.gl).add(gpgpu);
      refuseLostReads(gpgpu, gpgpu.gl);
    }
    return gpgpu?.gl;
  },
  async (gl) => {
    const message = await lossOf(gl);
    for (const context of contextsOf(gl)) endReads(context);
    // The browser does not say whether a program lost it on purpose.
    return { reason: 'unknown', message } satisfies DeviceLoss;
  },
);

function lossOf(gl: WebGLRenderingContext): Promise<string> {
  const message = 'the WebGL context is lost';
  if (gl.isContextLost()) return Promise.resolve(message);
  return new Promise((resolve) => {
    const tell = (event: Event) => resolve((event as WebGLContextEvent).statusMessage || message);
    gl.canvas.addEventListener('webglcontextlost', tell, { once: true });
  });
}

/** A read of a lost context is an error: the zeros that it gives would be taken for the tensor. */
function refuseLostReads(context: Context, gl: WebGLRenderingContext): void {
  for (const name of DOWNLOADS) {
    const download = context[name]?.bind(context);
    if (!download) continue;
    context[name] = (...all) => {
      const values = download(...all);
      if (!gl.isContextLost()) return values;
      throw new Error('[normkit] this tensor cannot be read: the WebGL context is lost, and all tensors of it are');
    };
  }
}

/** Ends the reads that wait, and those to come: nothing comes to a fence of a lost context, and TensorFlow.js asks for ever. */
function endReads(context: Context): void {
  for (const { resolveFn } of context.itemsToPoll ?? []) resolveFn();
  context.itemsToPoll = [];
  if (context.addItemToPoll) context.addItemToPoll = (_, resolve) => resolve();
}
