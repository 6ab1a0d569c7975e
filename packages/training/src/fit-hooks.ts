import * as tf from '@tensorflow/tfjs-core';

/** A callback of `model.fit`: an object of functions, or an instance of TensorFlow.js's `Callback`. */
export interface FitCallback {
  onBatchBegin?: (batch: number, logs?: Logs) => unknown;
  onEpochEnd?: (epoch: number, logs?: Logs) => unknown;
}

type Logs = Record<string, unknown>;

/** The losses and metrics of an epoch. */
export interface EpochRow {
  readonly epoch: number;
  readonly logs: Logs;
}

export interface FitHook {
  readonly callbacks: FitCallback[];
  /** Of the epochs that have ended. */
  readonly rows: readonly EpochRow[];
  /** Leaves the given callbacks as they were. */
  release(): void;
}

/** Callbacks that, before every so many batches, also wait for `due`, and that note each epoch's numbers while they can be read. */
export function hookFit(
  callbacks: FitCallback | FitCallback[] | undefined,
  firstEpoch: number,
  every: number,
  due: (epoch: number) => Promise<void>,
): FitHook {
  // TensorFlow.js takes either objects of functions or instances, so ours cannot be one more: the first one does both.
  const [first = {}, ...others] = [callbacks ?? []].flat();
  const isInstance = 'setModel' in first;
  const own = { onBatchBegin: first.onBatchBegin, onEpochEnd: first.onEpochEnd };
  const rows: EpochRow[] = [];
  let [batches, epoch] = [0, firstEpoch];
  const hooked: FitCallback = {
    async onBatchBegin(batch, logs) {
      if (batch === 0 && batches > 0) epoch += 1;
      if (batches > 0 && batches % every === 0) await due(epoch);
      batches += 1;
      await own.onBatchBegin?.call(first, batch, logs);
    },
    async onEpochEnd(ended, logs = {}) {
      await readLogs(logs);
      rows.push({ epoch: ended, logs: { ...logs } });
      await own.onEpochEnd?.call(first, ended, logs);
    },
  };
  // Its methods may be its class's.
  const callback: FitCallback = Object.assign(isInstance ? first : Object.create(first), hooked);
  const release = () => {
    if (isInstance) Object.assign(first, own);
  };
  return { callbacks: [callback, ...others], rows, release };
}

/** Replaces scalars by their numbers. */
async function readLogs(logs: Logs): Promise<void> {
  for (const [key, value] of Object.entries(logs)) {
    if (!(value instanceof tf.Tensor)) continue;
    logs[key] = (await value.data())[0];
    value.dispose();
  }
}
