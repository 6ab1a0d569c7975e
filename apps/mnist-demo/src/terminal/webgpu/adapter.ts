import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What this machine's Node has for WebGPU, or why it has nothing. */
export type AdapterReport = { readonly isSoftware: boolean } | { readonly absent: string };

/** Milliseconds. Dawn takes 10 of them, the process 100. */
const PATIENCE = 20_000;

/**
 * Looks for WebGPU in a process of its own: Dawn writes warnings where there is no driver, and a driver that crashes
 * takes its process with it.
 */
export function findAdapter(): Promise<AdapterReport> {
  const probe = fileURLToPath(new URL('./probe.js', import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, ['--conditions=built', probe], { timeout: PATIENCE }, (error, output) => {
      if (error) resolve({ absent: 'its driver crashed, or did not answer' });
      else resolve(JSON.parse(output) as AdapterReport);
    });
  });
}
