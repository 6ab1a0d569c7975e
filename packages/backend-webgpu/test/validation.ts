import * as tf from '@tensorflow/tfjs';
import { afterEach } from 'vitest';

/*
 * What a device finds wrong with a command it reports to whoever listens, much later, and goes on. Here it fails the
 * test that it belongs to.
 */

const listening = new WeakSet<GPUDevice>();
const errors: string[] = [];

afterEach(async () => {
  const backend = tf.engine().registry['webgpu'] as unknown as { device: GPUDevice } | undefined;
  await backend?.device.queue.onSubmittedWorkDone().catch(() => undefined);
  const found = errors.splice(0);
  if (found.length > 0) throw new Error(`the device reports:\n${found.join('\n')}`);
});

/** Listens to the current backend's device. */
export function failOnValidationErrors(): void {
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  if (listening.has(device)) return;
  listening.add(device);
  device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
}
