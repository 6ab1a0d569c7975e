/** How much work goes to a thread and a workgroup, by kind of device. */
export interface Tuning {
  /** Threads of a workgroup. */
  readonly workgroup: number;
  /** The most threads that share a part, and wait for each other to add up what they have. */
  readonly team: number;
  /** The least units that a thread reads for a sum, where there are so many. */
  readonly units: number;
  /** Workgroups that keep the device busy. */
  readonly enough: number;
  /** Whether the device adds up in subgroups. TensorFlow.js does not ask for them, but a program may make its device itself. */
  readonly subgroups: boolean;
}

/** An H100 runs about a thousand workgroups of 256 threads at once. */
export const HARDWARE: Tuning = { workgroup: 256, team: 256, units: 4, enough: 1024, subgroups: false };

/**
 * An adapter in software runs threads one after another, and changes between them at each barrier, which takes longer
 * than a hundred loads: layer norm of [8,256,768], forward and backward, takes 1,100 to 1,300 ms with the numbers above, 64 with these.
 */
export const SOFTWARE: Tuning = { workgroup: 16, team: 1, units: 256, enough: 64, subgroups: false };

const tunings = new WeakMap<GPUDevice, Tuning>();

/** The tuning of a device, within its limits. */
export function tuningOf(device: GPUDevice): Tuning {
  const known = tunings.get(device) ?? chooseTuning(device);
  tunings.set(device, known);
  return known;
}

/** Sets the tuning of a device: for measurements and tests. */
export function tune(device: GPUDevice, tuning: Tuning): void {
  tunings.set(device, tuning);
}

function chooseTuning({ adapterInfo, features, limits }: GPUDevice): Tuning {
  const tuning = adapterInfo?.isFallbackAdapter ? SOFTWARE : HARDWARE;
  const most = Math.min(tuning.workgroup, limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX);
  // Teams of a power of two fill a workgroup.
  const workgroup = 2 ** Math.floor(Math.log2(most));
  // Some browsers have subgroups, but do not tell a thread the number of its own.
  const subgroups = features.has('subgroups') && navigator.gpu.wgslLanguageFeatures?.has('subgroup_id') === true;
  return { ...tuning, workgroup, team: Math.min(tuning.team, workgroup), subgroups };
}
