/*
 * What a device finds wrong with a command it reports to whoever listens, much later, and goes on. Here it is kept, and
 * fails the test that it belongs to.
 */

const listening = new WeakSet<GPUDevice>();
const reports: string[] = [];

/** Listens to a device. */
export function keepErrors(device: GPUDevice): void {
  if (listening.has(device)) return;
  listening.add(device);
  device.addEventListener('uncapturederror', ({ error }) => reports.push(error.message));
}

/** Throws if a device has reported something since the last time. */
export async function throwErrors(device: GPUDevice | undefined): Promise<void> {
  await device?.queue.onSubmittedWorkDone().catch(() => undefined);
  const found = reports.splice(0);
  if (found.length > 0) throw new Error(`the device reports:\n${found.join('\n')}`);
}
