const reports = new WeakMap<GPUDevice, string[]>();

/** Resolves when a device has done what it has been given so far; throws what it found wrong with that. */
export async function workDone(device: GPUDevice): Promise<void> {
  await device.queue.onSubmittedWorkDone();
  const [first] = reportsOf(device).splice(0);
  // What is invalid is not run, and would look fast.
  if (first) throw new Error(`the device reports: ${first}`);
}

function reportsOf(device: GPUDevice): string[] {
  const known = reports.get(device);
  if (known) return known;
  const own: string[] = [];
  reports.set(device, own);
  device.addEventListener('uncapturederror', ({ error }) => own.push(error.message));
  return own;
}
