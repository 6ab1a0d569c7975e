import type { Precision } from '@normkit/core';
import { env, findBackendFactory } from '@tensorflow/tfjs-core';

/**
 * Whether textures hold float32. On some phones, and where `WEBGL_FORCE_F16_TEXTURES` is set, they hold half floats: the
 * arithmetic is that of float32 all the same.
 */
export function precision(): Precision {
  return env().getBool('WEBGL_RENDER_FLOAT32_ENABLED') ? 'float32' : 'float16';
}

const told = { already: false };

/** Tells the user, once, that textures hold half floats here, and which backend would hold float32. */
export function tellOfHalfFloats(): void {
  if (told.already) return;
  told.already = true;
  const others = ['webgpu', 'wasm'].filter((name) => findBackendFactory(name));
  const instead =
    others.length > 0
      ? `tf.setBackend('${others[0]}') holds float32.`
      : '@tensorflow/tfjs-backend-wasm with @normkit/backend-wasm would hold float32.';
  console.warn(
    `[normkit] the textures of webgl hold half floats here, tensors and statistics too: norms are right to 0.2 %, and values above 65504 are infinite. ${instead}`,
  );
}
