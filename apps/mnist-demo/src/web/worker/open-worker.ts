import { type Remote, wrap } from 'comlink';
import type { Service } from '../service.ts';

/** A worker, and the service that it offers. */
export function openWorker(): { readonly service: Remote<Service>; readonly worker: Worker } {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  return { service: wrap<Service>(worker), worker };
}
