import type { DataType, Tensor, TensorContainer } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Values of a tensor in the program's own memory, which no device takes with it. */
interface HostTensor {
  readonly values: tf.TypedArray;
  readonly shape: number[];
  readonly dtype: DataType;
}

async function toHost(tensor: Tensor): Promise<HostTensor> {
  const values = (await tensor.data()) as tf.TypedArray;
  return { values: values.slice(), shape: tensor.shape, dtype: tensor.dtype };
}

/** A new tensor on the current backend. */
function fromHost({ values, shape, dtype }: HostTensor): Tensor {
  return tf.tensor(values, shape, dtype);
}

/** A copy of a tensor, or of arrays and objects of tensors: each call of the function makes new ones. */
export async function copyData(data: unknown): Promise<() => unknown> {
  if (data instanceof tf.Tensor) {
    const copy = await toHost(data);
    return () => fromHost(copy);
  }
  if (Array.isArray(data)) {
    const copies = await Promise.all(data.map(copyData));
    return () => copies.map((make) => make());
  }
  if (!isPlain(data)) return () => data;
  const copies = await Promise.all(
    Object.entries(data).map(async ([key, value]) => [key, await copyData(value)] as const),
  );
  return () => Object.fromEntries(copies.map(([key, make]) => [key, make()]));
}

/**
 * A copy of what an object consists of: numbers and tensors, however deep; an optimizer's moments, and its constants
 * too. The function gives the object back what it had: variables stay the same variables, other tensors are replaced,
 * and what lists have got since then goes.
 */
export async function copyState(owner: object): Promise<() => void> {
  const fields = Object.entries(owner).filter(([, value]) => value instanceof tf.Tensor || typeof value === 'number');
  const parts = Object.values(owner).filter((value) => isPlain(value) || Array.isArray(value)) as object[];
  const restoreFields = await Promise.all(fields.map(([key, value]) => copyField(owner as Fields, key, value)));
  const restoreParts = await Promise.all(parts.map(copyState));
  const length = Array.isArray(owner) ? owner.length : undefined;
  return () => {
    if (Array.isArray(owner) && length !== undefined) tf.dispose(owner.splice(length) as TensorContainer);
    for (const restore of [...restoreFields, ...restoreParts]) restore();
  };
}

type Fields = Record<string, unknown>;

async function copyField(owner: Fields, key: string, value: unknown): Promise<() => void> {
  if (!(value instanceof tf.Tensor)) {
    return () => {
      owner[key] = value;
    };
  }
  if (value.isDisposed) return () => undefined;
  const copy = await toHost(value);
  return () => {
    const fresh = fromHost(copy);
    if (value instanceof tf.Variable) {
      value.assign(fresh);
      fresh.dispose();
    } else {
      value.dispose();
      owner[key] = tf.keep(fresh);
    }
  };
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
