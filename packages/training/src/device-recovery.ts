import type { DeviceLoss } from '@normkit/core/devices';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { DeviceLost, openBackend, whileDeviceLives } from './device-watch.ts';
import { type EpochRow, type FitCallback, hookFit } from './fit-hooks.ts';
import { copyData, copyState } from './host-copy.ts';

/** What is used of a `LayersModel` of TensorFlow.js. */
export interface RecoverableModel {
  readonly fit: (...all: never[]) => Promise<unknown>;
  readonly fitDataset: (...all: never[]) => Promise<unknown>;
  readonly optimizer: object;
  readonly weights: readonly { read(): Tensor; write(value: Tensor): unknown }[];
  stopTraining: boolean;
}

export interface RecoveryOptions {
  /** After how many batches the weights and the optimizer's state are copied, and so what a loss can cost. Default 50. */
  readonly every?: number;
  /**
   * Backends to go on with, in this order; the lost one gets a fresh device. Default: the lost one, webgpu, webgl, wasm,
   * cpu. To train a CNN wasm needs `@normkit/training/wasm`.
   */
  readonly backends?: readonly string[];
  /** Told of each recovery, before training goes on. */
  readonly onRecovery?: (recovery: Recovery) => void;
}

export interface Recovery {
  readonly loss: DeviceLoss;
  /** The backend that training goes on with. */
  readonly backend: string;
  /** The epoch that begins again. */
  readonly epoch: number;
}

interface FitOptions {
  readonly callbacks?: FitCallback | FitCallback[];
  readonly initialEpoch?: number;
  readonly validationData?: unknown;
}

interface FitHistory {
  epoch: number[];
  history: Record<string, unknown[]>;
}

/** Backends to go on with, beside the lost one. */
const USUAL = ['webgpu', 'webgl', 'wasm', 'cpu'] as const;

/** `fit` or `fitDataset`: x and y, or a dataset, and then the options. */
type Fit = (...all: unknown[]) => Promise<FitHistory>;

/** What training goes back to. */
interface Checkpoint {
  readonly epoch: number;
  readonly restore: () => void;
}

/**
 * Makes `model.fit` and `model.fitDataset` survive the loss of their device. The weights (moving statistics among
 * them), the optimizer's state and the data are copied to the program's memory, the first two every so many batches.
 * When the device is lost, training goes back to the last copy, opens a fresh device, or the next backend, and begins
 * the epoch again. Returns the model.
 *
 * A dataset is not copied but iterated anew. Tensors that it or the program holds on the lost device are lost.
 *
 * @example await withDeviceRecovery(model, { every: 20 }).fit(images, labels, { epochs: 10 });
 */
export function withDeviceRecovery<Model extends RecoverableModel>(model: Model, options: RecoveryOptions = {}): Model {
  const fit: Fit = (model.fit as unknown as Fit).bind(model);
  const fitDataset: Fit = (model.fitDataset as unknown as Fit).bind(model);
  return Object.assign(model, {
    fit: (x: unknown, y: unknown, fitOptions: FitOptions = {}) =>
      fitThroughLosses(model, fit, [x, y], fitOptions, options),
    fitDataset: (dataset: unknown, fitOptions: FitOptions = {}) =>
      fitThroughLosses(model, fitDataset, [dataset], fitOptions, options),
  });
}

async function fitThroughLosses(
  model: RecoverableModel,
  fit: Fit,
  data: readonly unknown[],
  options: FitOptions,
  { every = 50, backends, onRecovery }: RecoveryOptions,
): Promise<FitHistory> {
  const original = [options.validationData, ...data];
  const copies = await Promise.all(original.map(copyData));
  let given = original;
  let rows: EpochRow[] = [];
  let checkpoint = await takeCheckpoint(model, options.initialEpoch ?? 0);
  for (;;) {
    const hook = hookFit(options.callbacks, checkpoint.epoch, every, async (epoch) => {
      checkpoint = await takeCheckpoint(model, epoch);
    });
    try {
      const [validationData, ...inputs] = given;
      const started = fit(...inputs, {
        ...options,
        ...(validationData === undefined ? {} : { validationData }),
        callbacks: hook.callbacks,
        initialEpoch: checkpoint.epoch,
      });
      const outcome = await settled(model, started);
      rows = [...rows, ...hook.rows];
      if ('history' in outcome) return withRows(outcome.history, rows);

      const backend = await openBackend(backends ?? [...new Set([outcome.backend, ...USUAL])]);
      checkpoint.restore();
      rows = rows.filter(({ epoch }) => epoch < checkpoint.epoch);
      onRecovery?.({ loss: outcome.loss, backend, epoch: checkpoint.epoch });
    } finally {
      hook.release();
      // What is no tensor was not copied: a dataset stays the caller's.
      tf.dispose(given.filter((one, index) => one !== original[index]) as Tensor[]);
    }
    given = copies.map((copy) => copy());
  }
}

async function takeCheckpoint(model: RecoverableModel, epoch: number): Promise<Checkpoint> {
  const weights = await Promise.all(model.weights.map((weight) => copyData(weight.read())));
  const restoreOptimizer = await copyState(model.optimizer);
  return {
    epoch,
    restore: () => {
      for (const [index, weight] of model.weights.entries()) {
        const value = weights[index]?.() as Tensor;
        weight.write(value);
        value.dispose();
      }
      restoreOptimizer();
    },
  };
}

/** The end of a fit, or the loss of its device. */
async function settled(
  model: RecoverableModel,
  started: Promise<FitHistory>,
): Promise<{ history: FitHistory } | DeviceLost> {
  try {
    return { history: await whileDeviceLives(() => started) };
  } catch (error) {
    // A fit that goes on with a lost device must end before another can begin.
    model.stopTraining = true;
    await started.catch(() => undefined);
    if (error instanceof DeviceLost) return error;
    throw error;
  }
}

function withRows(history: FitHistory, rows: readonly EpochRow[]): FitHistory {
  history.epoch = rows.map(({ epoch }) => epoch);
  for (const key of Object.keys(history.history)) history.history[key] = rows.map(({ logs }) => logs[key]);
  return history;
}
