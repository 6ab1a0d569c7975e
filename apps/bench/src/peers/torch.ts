import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Pass } from '../contenders.ts';
import { dyOf, inputsOf } from '../inputs.ts';
import { channelsOf, epsilonOf, type Shape, sizeOf } from '../shapes.ts';
import { type Peer, PeerAbsent } from './peer.ts';

const SCRIPT = fileURLToPath(new URL('../../python/norms.py', import.meta.url));

/** Debian's python3-torch is a module of the last, which a python of one's own may hide. */
function pythons(): string[] {
  const named = process.env['PYTHON'];
  return named ? [named] : ['python3', '/usr/bin/python3'];
}

/**
 * PyTorch on one thread: a child process that times its own runs.
 *
 * @throws PeerAbsent where no python3 on the machine has PyTorch. The environment variable PYTHON names another.
 */
export async function openTorch(): Promise<Peer> {
  const { child, ask, version, norms } = await start();

  async function prepare(shape: Shape, pass: Pass): Promise<void> {
    const { x, gamma, beta } = inputsOf(shape);
    const arrays = { x, gamma, beta, dy: pass === 'forward' ? undefined : dyOf(shape) };
    const spec = { ...shape, norm: torchName(shape), pass, epsilon: epsilonOf(shape) };
    await ask({ prepare: { ...spec, ...encoded(arrays) } });
  }

  return {
    name: 'torch',
    about: `PyTorch ${version}, one thread`,
    // Its batch norm refuses one value per channel.
    supports: (shape) =>
      norms.includes(torchName(shape)) && (shape.norm !== 'batchNorm' || sizeOf(shape) > channelsOf(shape)),
    prepare: async (shape, pass) => {
      await prepare(shape, pass);
      return {
        enter: async () => {},
        time: async (repeats) => (await ask({ repeats })) as number,
        dispose: () => {},
      };
    },
    compute: async (shape, pass) => {
      await prepare(shape, pass);
      return ((await ask({})) as number[][]).map((values) => Float32Array.from(values));
    },
    close: () => child.stdin?.end(),
  };
}

/** What PyTorch calls it: layer_norm. */
function torchName({ norm }: Shape): string {
  return norm.replace('Norm', '_norm');
}

type Ask = (request: object) => Promise<unknown>;

async function start() {
  const reasons: string[] = [];
  for (const python of pythons()) {
    const child = spawn(python, [SCRIPT], { stdio: ['pipe', 'pipe', 'pipe'] });
    const { next, ask } = converse(child);
    try {
      const { version, norms } = (await next()) as { version: string; norms: readonly string[] };
      return { child, ask, version, norms };
    } catch (error) {
      reasons.push(`${python}: ${(error as Error).message}`);
    }
  }
  throw new PeerAbsent(`no PyTorch: ${reasons.join('; ')} (PYTHON names another python)`);
}

/** Lines of JSON to and from a child process, which rejects what is asked of it when it ends. */
function converse(child: ChildProcess): { next: () => Promise<unknown>; ask: Ask } {
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error('the child process has no pipes');
  const waiting: { resolve: (reply: unknown) => void; reject: (error: Error) => void }[] = [];
  let end: Error | undefined;
  const fail = (reason: string) => {
    end ??= new Error(reason);
    for (const { reject } of waiting.splice(0)) reject(end);
  };
  let lastWords = '';
  stderr.on('data', (text) => {
    lastWords = `${lastWords}${text}`.slice(-10_000);
  });
  child.on('error', ({ message }) => fail(message));
  child.on('close', (status) => fail(lastWords.trim().split('\n').at(-1) || `it ended with status ${status}`));
  // A write to one that has ended is told by its end.
  stdin.on('error', () => {});
  createInterface({ input: stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)));
  const next = () =>
    new Promise<unknown>((resolve, reject) => {
      if (end) reject(end);
      else waiting.push({ resolve, reject });
    });
  return {
    next,
    ask: (request) => {
      stdin.write(`${JSON.stringify(request)}\n`);
      return next();
    },
  };
}

function encoded(arrays: Readonly<Record<string, Float32Array | undefined>>): Record<string, string> {
  const present = Object.entries(arrays).flatMap(([name, values]) => (values ? [[name, values] as const] : []));
  return Object.fromEntries(
    present.map(([name, { buffer, byteLength }]) => [
      name,
      Buffer.from(buffer as ArrayBuffer, 0, byteLength).toString('base64'),
    ]),
  );
}
