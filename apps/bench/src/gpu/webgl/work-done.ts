export type Context = WebGLRenderingContext | WebGL2RenderingContext;

export function isWebGL2(gl: Context): gl is WebGL2RenderingContext {
  return 'fenceSync' in gl;
}

/**
 * Resolves when a context has done what it has been given so far; throws what it found wrong with that. It reads a pixel
 * of what was drawn last, which is there when all is done. A fence would be asked again and again, on a core that a
 * renderer in software wants: on two cores layer norm then took twice the time.
 */
export async function workDone(gl: Context): Promise<void> {
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.FLOAT, new Float32Array(4));
  const error = gl.getError();
  // What is invalid is not run, and would look fast.
  if (error !== gl.NO_ERROR) throw new Error(`the context reports: error ${error}`);
}
