import * as tf from '@tensorflow/tfjs';
import { BACKENDS } from './backends.ts';
import { type Contender, type ContenderName, contendersOn, type Pass, type Prepared } from './contenders.ts';
import { type Limits, measure, type Timing } from './measure.ts';
import { type Peer, PeerAbsent } from './peers/peer.ts';
import { labelOf, type Shape, sizeOf } from './shapes.ts';
import { measureStep, type StepContender, type StepTimes } from './step/measure-step.ts';

/** What to measure: plain data, for it goes to a page. */
export interface Job {
  readonly backend: string;
  readonly shapes: readonly Shape[];
  readonly limits: Limits;
  /** The tutorial's training step instead of shapes. */
  readonly step: boolean;
}

/** What there is to say while it is measured: plain data as well. */
export type Report = { readonly about: About } | { readonly section: Section } | { readonly step: StepReport };

/** What takes part. */
export interface About {
  readonly tensorflow: string;
  /** A line about each peer, or why it is absent. */
  readonly peers: readonly string[];
  /** Those, and the peers that this environment never has. */
  readonly absent: readonly ContenderName[];
}

/** What was measured of one shape. */
export interface Section {
  readonly label: string;
  readonly rows: readonly Row[];
}

export interface Row {
  readonly pass: Pass;
  readonly timings: Partial<Record<ContenderName, Timing>>;
  /** The most bytes that ours took beyond its inputs, over the bytes of x. */
  readonly extraMemory: number;
}

export type StepReport = Readonly<Record<StepContender, StepTimes>>;

const PEERS: readonly ContenderName[] = ['onnx', 'torch'];

type OpenPeer = () => Promise<Peer>;

/** Does a job in any environment, beside the peers that there may be. */
export async function run(job: Job, openers: readonly OpenPeer[], report: (news: Report) => unknown): Promise<void> {
  const open = BACKENDS[job.backend] as (typeof BACKENDS)[string];
  const backend = await open();
  const { peers, lines } = await openPeers(job.step ? [] : openers);
  const absent = PEERS.filter((name) => !peers.some((peer) => peer.name === name));
  try {
    await report({ about: { tensorflow: tf.version['tfjs-core'], peers: lines, absent } });
    if (job.step) await report({ step: await measureStep(backend, job.limits) });
    const contenders = [...contendersOn(backend), ...peers];
    for (const shape of job.step ? [] : job.shapes) {
      await report({ section: await measureShape(contenders, shape, job.limits) });
    }
  } finally {
    for (const peer of peers) peer.close();
  }
}

async function openPeers(openers: readonly OpenPeer[]) {
  const peers: Peer[] = [];
  const lines: string[] = [];
  for (const open of openers) {
    try {
      const peer = await open();
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
  return { label: labelOf(shape), rows };
}

async function measureRow(contenders: readonly Contender[], shape: Shape, pass: Pass, limits: Limits): Promise<Row> {
  const prepared = new Map<ContenderName, Prepared>();
  for (const { name, supports, prepare } of contenders) {
    if (supports(shape, pass)) prepared.set(name, await prepare(shape, pass));
  }
  const timings = Object.fromEntries(await measure(prepared, limits));
  const bytes = (await prepared.get('ours')?.extraBytes?.()) ?? Number.NaN;
  for (const { dispose } of prepared.values()) await dispose();
  return { pass, timings, extraMemory: bytes / (4 * sizeOf(shape)) };
}
