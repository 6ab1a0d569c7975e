import type { Gap } from '@normkit/core';
import { missingMembers, type WebGPUBackend } from './recording.ts';
import { HARDWARE } from './tuning.ts';

/** `finish`, the last dispatch of a backward pass, binds eight tensors. */
export const STORAGE_BUFFERS = 8;
/** Two sums of four floats for each thread. */
const SHARED_BYTES = 32 * HARDWARE.workgroup;
/** A workgroup of fewer threads is not worth its barriers. WebGPU promises 256 by default. */
const THREADS = 64;

function lackingLimits({ limits }: GPUDevice): boolean {
  return (
    limits.maxStorageBuffersPerShaderStage < STORAGE_BUFFERS ||
    limits.maxComputeWorkgroupStorageSize < SHARED_BYTES ||
    Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX) < THREADS
  );
}

interface Answer {
  readonly recording: boolean;
  readonly limits: boolean;
}

const answers = new WeakMap<WebGPUBackend, Answer>();

/** Looked at once for each backend; every call asks. */
function lacks(backend: WebGPUBackend): Answer {
  const known = answers.get(backend);
  if (known) return known;
  const recording = missingMembers(backend).length > 0;
  const answer = { recording, limits: !backend.device?.limits || lackingLimits(backend.device) };
  answers.set(backend, answer);
  return answer;
}

/** What other versions of TensorFlow.js, or some devices, do not have. */
export const gaps: readonly Gap<WebGPUBackend>[] = [
  {
    name: 'recording',
    why: 'this version of TensorFlow.js has no command encoder that the kernels know how to record into',
    covers: (_, backend) => lacks(backend).recording,
  },
  {
    name: 'limits',
    why: `the device allows fewer than ${STORAGE_BUFFERS} storage buffers, ${SHARED_BYTES} bytes of shared memory or ${THREADS} threads in a shader`,
    covers: (_, backend) => lacks(backend).limits,
  },
];
