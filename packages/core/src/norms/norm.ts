import type { Grouping } from '../plan.ts';

/** What a planner makes of a shape and options that it has checked. */
export interface Norm {
  /** The function's name, for messages. */
  readonly op: string;
  readonly shape: readonly number[];
  readonly grouping: Grouping;
  /** The shape of gamma and beta. */
  readonly parameterShape: readonly number[];
  /** Axes of the input over which the statistics are reduced whole, sorted. */
  readonly reducedAxes: readonly number[];
  /** The axis whose channels are divided among `groups`, where there is one. */
  readonly channels?: { readonly axis: number; readonly groups: number };
}
