/*
 * What a device finds wrong with a command it reports to whoever listens, much later, and goes on. Here it is kept, and
 * fails the test that it belongs to.
 */

const reports: string[] = [];

/** Listens to every device that is opened from now on, by whomever. */
export function keepErrors(): void {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    const device = await requestDevice.call(this, descriptor);
    device.addEventListener('uncapturederror', ({ error }) => reports.push(error.message));
    return device;
  };
}

/** Throws if a device has reported something since the last time. */
export async function throwErrors(device: GPUDevice | undefined): Promise<void> {
  await device?.queue.onSubmittedWorkDone().catch(() => undefined);
  const found = reports.splice(0);
  if (found.length > 0) throw new Error(`the device reports:\n${found.join('\n')}`);
}
