import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { smallMnist } from './mnist-files.ts';

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
  /** Megabytes that the process held at most. */
  readonly memory: number;
}

const TELL_MEMORY =
  'data:text/javascript,import { writeSync } from "node:fs"; process.on("exit", () => writeSync(3, String(process.resourceUsage().maxRSS)));';

/** The program as `npm start` starts it, with a cache and a working folder of its own. */
export function start(
  folder: string,
  ...args: string[]
): { child: ChildProcess; ended: Promise<Ended>; saw: (text: string) => Promise<void> } {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const program = [
    '--conditions=built',
    '--import',
    TELL_MEMORY,
    'dist/terminal/main.js',
    '--no-download',
    '--cache',
    join(folder, 'cache'),
  ];
  const env = { ...process.env, INIT_CWD: folder };
  const child = spawn(process.execPath, [...program, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  let [output, errors, kilobytes] = ['', '', ''];
  child.stdio[1]?.on('data', (chunk) => (output += chunk));
  child.stdio[2]?.on('data', (chunk) => (errors += chunk));
  child.stdio[3]?.on('data', (chunk) => (kilobytes += chunk));
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code) => resolve({ code, output, errors, memory: Number(kilobytes) / 1024 })),
  );
  /** Resolves when the program has printed a text, and rejects where it ends without. */
  const saw = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => output.includes(text) && resolve();
      child.stdio[1]?.on('data', look);
      child.on('close', () => reject(new Error(`The program ended without "${text}": ${output}${errors}`)));
      look();
    });
  return { child, ended, saw };
}

export function writeMnist(folder: string): void {
  mkdirSync(join(folder, 'mnist'));
  for (const [name, bytes] of smallMnist().packed) writeFileSync(join(folder, 'mnist', name), bytes);
}
