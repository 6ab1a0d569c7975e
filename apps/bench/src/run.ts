import type { BackendName } from '@normkit/shelf/backends';
import { type Limits, measure, median, type Timing } from '@normkit/shelf/measure';
import * as tf from '@tensorflow/tfjs';
import { type Backend, openBackend } from './backends.ts';
import {
  CONTENDERS,
  type Contender,
  type ContenderName,
  contendersOn,
  type Pass,
  type Prepared,
} from './contenders.ts';
import { type Peer, PeerAbsent } from './peers/peer.ts';
import { labelOf, type Shape, sizeOf } from './shapes.ts';
import { measureStep, type StepContender, type StepTimes } from './step/measure-step.ts';

/** What to measure: plain data, for it goes to a page. */
export interface Job {
  readonly backend: BackendName;
  readonly shapes: readonly Shape[];
  readonly only: readonly ContenderName[];
  readonly limits: Limits;
  /** The tutorial's training step instead of shapes. */
  readonly step: boolean;
}

/** What there is to say while it is measured: plain data as well. */
export type Report = { readonly about: About } | { readonly section: Section } | { readonly step: StepReport };

/** What takes part. */
export interface About {
  readonly tensorflow: string;
  /** The GPU, in words. */
  readonly gpu?: string;
  /** A line about each peer, or why it is absent, and about each shape that is left out. */
  readonly notes: readonly string[];
  /** Those, the peers that this environment never has, and what was not asked for. */
  readonly absent: readonly ContenderName[];
}

/** What was measured of one shape. */
export interface Section {
  readonly label: string;
  /** Of x. */
  readonly bytes: number;
  readonly rows: readonly Row[];
}

export interface Row {
  readonly pass: Pass;
  readonly timings: Partial<Record<ContenderName, Timing>>;
  /** A GPU's own milliseconds, by its timestamps. */
  readonly gpu: Partial<Record<ContenderName, number>>;
  /** The most bytes that ours took beyond its inputs, over the bytes of x. */
  readonly extraMemory: number;
}

export type StepReport = Readonly<Record<StepContender, StepTimes>>;

/** In the backend that is measured, for a peer may run on its device. */
export type OpenPeer = (backend: Backend) => Promise<Peer>;
export type Openers = Readonly<Partial<Record<ContenderName, OpenPeer>>>;

/** Those that are timed by timestamps as well, and how often. */
const GPU_TIMED: readonly ContenderName[] = ['ours', 'copy'];
const GPU_RUNS = 9;

/** Does a job in any environment, beside the peers that there may be. */
export async function run(job: Job, openers: Openers, report: (news: Report) => unknown): Promise<void> {
  const backend = await openBackend(job.backend);
  const wanted = job.only.flatMap((name) => (job.step ? [] : (openers[name] ?? [])));
  const { peers, lines } = await openPeers(wanted, backend);
  const contenders = [...contendersOn(backend), ...peers].filter(({ name }) => job.only.includes(name));
  const absent = CONTENDERS.filter((name) => !contenders.some((contender) => contender.name === name));
  const gpu = backend.gpu && { gpu: backend.gpu.about };
  const tooLarge = job.shapes.filter((shape) => !fits(shape, backend));
  const notes = [...lines, ...tooLarge.map((shape) => `Left out: ${labelOf(shape)}, more than the GPU takes at once.`)];
  try {
    await report({ about: { tensorflow: tf.version['tfjs-core'], ...gpu, notes, absent } });
    if (job.step) await report({ step: await measureStep(backend, job.limits) });
    for (const shape of job.step ? [] : job.shapes.filter((shape) => !tooLarge.includes(shape))) {
      await report({ section: await measureShape(contenders, shape, job.limits) });
    }
  } finally {
    for (const peer of peers) peer.close();
  }
}

function fits(shape: Shape, { gpu }: Backend): boolean {
  return 4 * sizeOf(shape) <= (gpu?.mostBytes ?? Number.POSITIVE_INFINITY);
}

async function openPeers(openers: readonly OpenPeer[], backend: Backend) {
  const peers: Peer[] = [];
  const lines: string[] = [];
  for (const open of openers) {
    try {
      const peer = await open(backend);
      peers.push(peer);
      lines.push(`${peer.name}: ${peer.about}.`);
    } catch (error) {
      if (!(error instanceof PeerAbsent)) throw error;
      lines.push(error.message);
    }
  }
  return { peers, lines };
}

async function measureShape(contenders: readonly Contender[], shape: Shape, limits: Limits): Promise<Section> {
  const rows: Row[] = [];
  for (const pass of ['forward', 'forward+backward'] as const) {
    rows.push(await measureRow(contenders, shape, pass, limits));
  }
  return { label: labelOf(shape), bytes: 4 * sizeOf(shape), rows };
}

async function measureRow(contenders: readonly Contender[], shape: Shape, pass: Pass, limits: Limits): Promise<Row> {
  const prepared = new Map<ContenderName, Prepared>();
  for (const { name, supports, prepare } of contenders) {
    if (supports(shape, pass)) prepared.set(name, await prepare(shape, pass));
  }
  const timings = Object.fromEntries(await measure(prepared, limits));
  const gpu: Partial<Record<ContenderName, number>> = {};
  for (const name of GPU_TIMED) {
    const { gpuTime } = prepared.get(name) ?? {};
    if (gpuTime) gpu[name] = median(await inTurn(GPU_RUNS, gpuTime));
  }
  const bytes = (await prepared.get('ours')?.extraBytes?.()) ?? Number.NaN;
  for (const { dispose } of prepared.values()) await dispose();
  return { pass, timings, gpu, extraMemory: bytes / (4 * sizeOf(shape)) };
}

async function inTurn<Result>(times: number, take: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  while (results.length < times) results.push(await take());
  return results;
}
