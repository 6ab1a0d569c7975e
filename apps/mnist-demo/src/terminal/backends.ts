import { BACKEND_NAMES, type BackendName } from '@normkit/shelf/backends';
import { type AdapterReport, findAdapter } from './webgpu/adapter.ts';

/** What can be asked for, the fastest first. */
export const BACKENDS: readonly BackendName[] = BACKEND_NAMES.toReversed();

/** A backend that was asked for by name, and that this machine does not have. */
export class BackendAbsent extends Error {
  override readonly name = 'BackendAbsent';
}

export interface AtHand {
  /** The backends that this machine is good for, the fastest first. */
  readonly backends: readonly BackendName[];
  /** Why the others are not among them. */
  readonly absent: Absences;
}

export type Absences = Readonly<Partial<Record<BackendName, string>>>;

const NO_WEBGL = 'Node has none; npm run web trains on it in a browser';

export async function backendsAtHand(): Promise<AtHand> {
  const webgpu = whyNot(await findAdapter());
  const absent: Absences = { ...(webgpu !== undefined && { webgpu }), webgl: NO_WEBGL };
  return { backends: BACKENDS.filter((name) => absent[name] === undefined), absent };
}

function whyNot(adapter: AdapterReport): string | undefined {
  if ('absent' in adapter) return adapter.absent;
  // To be had by name alone.
  return adapter.isSoftware ? 'its adapter is in software and takes seconds for a step; --backend names it' : undefined;
}

/** @throws BackendAbsent where one of these is not there. */
export async function requireBackends(names: readonly BackendName[]): Promise<void> {
  if (names.includes('webgl')) throw new BackendAbsent(`WebGL cannot be used here: ${NO_WEBGL}.`);
  if (!names.includes('webgpu')) return;
  const adapter = await findAdapter();
  if ('absent' in adapter) throw new BackendAbsent(`WebGPU cannot be used here: ${adapter.absent}.`);
}
