import type { Contender, Pass } from '../contenders.ts';
import type { Shape } from '../shapes.ts';

/** Another library, as a column of the report. */
export interface Peer extends Contender {
  /** In words: what runs, its version and its threads. */
  readonly about: string;
  /** What it computes of the bench's inputs: y and, forward+backward, the gradients of x, gamma and beta. */
  readonly compute: (shape: Shape, pass: Pass) => Promise<Float32Array[]>;
  readonly close: () => void;
}

/** A peer that cannot run here, and why, in one line. The bench does without it. */
export class PeerAbsent extends Error {}
