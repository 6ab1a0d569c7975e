import { type DeviceLoss, watchDevices } from '@normkit/core/devices';

/** What is used of TensorFlow.js's context (`GPGPUContext`), which is the device here. */
interface Context {
  readonly gl?: WebGLRenderingContext;
  /** Reads that wait for the GPU to have come to their fence. */
  itemsToPoll?: { resolveFn(): void }[];
  addItemToPoll?(isDone: () => boolean, resolve: () => void): void;
}

/**
 * Calls back when the context of TensorFlow.js's webgl backend is lost: the present one, and those that come after it.
 * All tensors on it are lost too, and what is computed from them is worth nothing. Returns a function that ends it.
 *
 * @example onDeviceLost(({ message }) => console.warn(`The GPU is gone: ${message}`));
 */
export const onDeviceLost = watchDevices<Context>(
  'webgl',
  (backend) => {
    const { gpgpu } = backend as unknown as { gpgpu?: Context };
    return gpgpu?.gl && gpgpu;
  },
  async (context) => {
    const message = await lossOf(context.gl as WebGLRenderingContext);
    endReads(context);
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

/** Ends the reads that wait, and those to come: nothing comes to a fence of a lost context, and TensorFlow.js asks for ever. */
function endReads(context: Context): void {
  for (const { resolveFn } of context.itemsToPoll ?? []) resolveFn();
  context.itemsToPoll = [];
  if (context.addItemToPoll) context.addItemToPoll = (_, resolve) => resolve();
}
