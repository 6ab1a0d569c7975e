import type { Gap } from '@normkit/core';
import { missingMembers, type WebGLBackend } from './backend.ts';

const answers = new WeakMap<WebGLBackend, boolean>();

/** Looked at once for each backend; every call asks. */
function lacksMembers(backend: WebGLBackend): boolean {
  const known = answers.get(backend);
  if (known !== undefined) return known;
  const answer = missingMembers(backend).length > 0;
  answers.set(backend, answer);
  return answer;
}

/** What other versions of TensorFlow.js, and builds with chosen kernels, do not have. */
export const gaps: readonly Gap<WebGLBackend>[] = [
  {
    name: 'programs',
    why: 'this version or build of TensorFlow.js does not run programs by the means that the kernels know',
    covers: (_, backend) => lacksMembers(backend),
  },
];
