import { rowsShader, sumsShader } from './backward.ts';
import { castShader } from './cast.ts';
import { affineShader, finishFrozenShader, finishShader } from './finish.ts';
import { applyShader, forwardShader, momentsShader, normalizeShader } from './forward.ts';
import type { Shader } from './module.ts';
import type { Kind } from './uniforms.ts';

const SHADERS = {
  forward: forwardShader,
  moments: momentsShader,
  normalize: normalizeShader,
  apply: applyShader,
  sums: sumsShader,
  rows: rowsShader,
  affine: affineShader,
  finish: finishShader,
  'finish frozen': finishFrozenShader,
  cast: castShader,
} as const satisfies Record<Kind, (key: never) => Shader>;

/** What the text of each kind of shader depends on. */
export type Keys = { readonly [K in Kind]: Parameters<(typeof SHADERS)[K]>[0] };

/** What a shader's text depends on, all of it: pipelines are cached by it. */
export type Key<K extends Kind = Kind> = { readonly [Each in K]: { readonly kind: Each } & Keys[Each] }[K];

const shaders: { readonly [K in Kind]: (key: Keys[K]) => Shader } = SHADERS;

/** The shader of a key. Its text has no other source, so that two shaders of one key cannot differ. */
export function shaderOfKey<K extends Kind>(key: { readonly kind: K } & Keys[K]): Shader {
  return shaders[key.kind](key);
}
