import type { DataStorage } from '@tensorflow/tfjs';

/**
 * The most bytes that a backend's buffers took at once during `run`, beyond those that were there before. Counted where
 * the backend keeps its buffers, since `tf.memory()` and `tf.profile()` count one buffer for each tensor that shares it
 * (each input that a gradient saves, each reshape), and miss what a kernel makes and frees inside. Scratch that is no
 * tensor is not counted.
 */
export async function extraBytes<Buffer>(
  storage: DataStorage<Buffer>,
  bytesOf: (buffer: Buffer) => number,
  run: () => void | Promise<void>,
): Promise<number> {
  const { set, delete: remove } = storage;
  let [bytes, peak] = [0, 0];
  storage.set = (id, buffer) => {
    set.call(storage, id, buffer);
    bytes += bytesOf(buffer);
    peak = Math.max(peak, bytes);
  };
  storage.delete = (id) => {
    bytes -= bytesOf(storage.get(id));
    return remove.call(storage, id);
  };
  try {
    await run();
  } finally {
    Object.assign(storage, { set, delete: remove });
  }
  return peak;
}
