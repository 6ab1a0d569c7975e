import { type DeviceLoss, hasDevices, lossOfDevice } from '@normkit/core/devices';
import type { KernelBackend } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** The device of a backend is gone, and with it all that was on it. */
export class DeviceLost extends Error {
  override readonly name: string = 'DeviceLost';
  /** The TensorFlow.js name of the backend. */
  readonly backend: string;
  readonly loss: DeviceLoss;

  constructor(backend: string, loss: DeviceLoss) {
    super(`[normkit] the device of the ${backend} backend is lost: ${loss.message || loss.reason}`);
    this.backend = backend;
    this.loss = loss;
  }
}

/** How long the loss of a device may lag behind the errors that it causes, in milliseconds. */
const LAG = 1000;

/** What is known of one device, and who waits for it. */
interface Watch {
  loss: DeviceLoss | undefined;
  readonly waiting: Set<(loss: DeviceLoss) => void>;
}

/** One for each device: a promise of its own for every task would stay with the device's as long as that lives. */
const watches = new WeakMap<KernelBackend, Watch>();

function watchOf(name: string, backend: KernelBackend): Watch {
  const known = watches.get(backend);
  if (known) return known;
  const watch: Watch = { loss: undefined, waiting: new Set() };
  watches.set(backend, watch);
  void lossOfDevice(name, backend).then((loss) => {
    watch.loss = loss;
    for (const tell of watch.waiting) tell(loss);
  });
  return watch;
}

/**
 * Does a task on the current backend. The task of a lost device may never end: this rejects all the same. An error of
 * the task on a backend with devices is held back for a second, and counts as the loss of the device if that is announced
 * meanwhile.
 *
 * @example await whileDeviceLives(() => model.trainOnBatch(x, y));
 * @throws DeviceLost where the device is lost before the task ends.
 */
export async function whileDeviceLives<T>(task: () => Promise<T>): Promise<T> {
  const name = tf.getBackend();
  if (!hasDevices(name)) return await task();
  const watch = watchOf(name, tf.backend());
  if (watch.loss) throw new DeviceLost(name, watch.loss);
  let lose: (loss: DeviceLoss) => void = () => undefined;
  const lost = new Promise<never>((_, reject) => {
    lose = (loss) => reject(new DeviceLost(name, loss));
  });
  watch.waiting.add(lose);
  try {
    return await Promise.race([task(), lost]);
  } catch (error) {
    if (!(error instanceof DeviceLost)) await Promise.race([lost, new Promise((resolve) => setTimeout(resolve, LAG))]);
    throw error;
  } finally {
    watch.waiting.delete(lose);
  }
}

/**
 * Makes the first of these backends that opens the current one. A backend whose device is lost opens anew, with a fresh
 * device. Returns its name.
 *
 * @throws Error where none can be opened.
 */
export async function openBackend(names: readonly string[]): Promise<string> {
  for (const name of names) {
    const factory = tf.findBackendFactory(name);
    if (!factory) continue;
    if (await isLost(name)) {
      const { priority } = tf.engine().registryFactory[name] ?? {};
      tf.removeBackend(name);
      tf.registerBackend(name, factory, priority);
    }
    if (await tf.setBackend(name)) return name;
  }
  throw new Error(
    `[normkit] openBackend: none of the backends can be opened. Got ${names.join(', ')}; import one of them, or name others.`,
  );
}

/** Whether a backend is there whose device is lost. */
function isLost(name: string): Promise<boolean> {
  const backend = tf.engine().registry[name];
  if (!backend) return Promise.resolve(false);
  const watch = watchOf(name, backend);
  // A loss that is known arrives before the next task of the event loop.
  return new Promise((resolve) => setTimeout(() => resolve(watch.loss !== undefined)));
}
