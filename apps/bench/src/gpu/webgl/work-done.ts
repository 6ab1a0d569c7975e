export type Context = WebGLRenderingContext | WebGL2RenderingContext;

export function isWebGL2(gl: Context): gl is WebGL2RenderingContext {
  return 'fenceSync' in gl;
}

/** Resolves when a context has done what it has been given so far; throws what it found wrong with that. */
export async function workDone(gl: Context): Promise<void> {
  if (isWebGL2(gl)) await fencePassed(gl);
  // WebGL 1 has no fences: a pixel of what was drawn last is there when all is done.
  else gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.FLOAT, new Float32Array(4));
  const error = gl.getError();
  // What is invalid is not run, and would look fast.
  if (error !== gl.NO_ERROR) throw new Error(`the context reports: error ${error}`);
}

async function fencePassed(gl: WebGL2RenderingContext): Promise<void> {
  const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
  gl.flush();
  // A lost context has no fence; its error comes next.
  while (fence && gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) await nextTask();
  gl.deleteSync(fence);
}

/** A timer would do too, but waits 4 ms. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
