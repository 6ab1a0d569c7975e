import { NormkitError } from '@normkit/core';
import { listText, valueText } from '@normkit/core/checks';
import { io, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { isObject } from '../model-json/json.ts';
import { weightError } from './weight-errors.ts';

type Spec = io.WeightsManifestEntry;

/** A weight of a file. */
export interface FileWeight {
  readonly name: string;
  readonly tensor: Tensor;
}

const valueBytes = { float32: 4, int32: 4, bool: 1 } as const;
const quantizedBytes = { uint8: 1, uint16: 2, float16: 2 } as const;

/** What a file has of weights: the entries of its manifest, and the bytes that they describe, if it has any. */
export interface Manifest {
  readonly specs: readonly Spec[];
  readonly parts: readonly ArrayBuffer[] | undefined;
  readonly bytes: number;
}

/**
 * The manifest of the weights, once each entry is one that can be decoded and the file is as long as they say.
 * TensorFlow.js would fail on the first weight that is cut off, without its name, and would not see that one was too
 * long, and every weight after it was read askew.
 *
 * @throws NormkitError with the layer, the weight, its shape, and the bytes that were expected and received.
 */
export function readManifest({ weightSpecs, weightData }: io.ModelArtifacts, strict: boolean): Manifest {
  const specs: unknown = weightSpecs ?? [];
  if (!Array.isArray(specs)) {
    throw manifestError(`expected an array of weightSpecs. Got ${valueText(specs)}.`);
  }
  for (const [index, spec] of specs.entries()) checkSpec(spec, index);
  const parts = weightData == null ? undefined : buffersOf(weightData);
  const bytes = parts?.reduce((sum, part) => sum + part.byteLength, 0) ?? 0;
  if (parts) checkBytes(specs, bytes);
  else if (strict && specs.length > 0) throw manifestError(`lists ${specs.length} weights. Got no weightData.`);
  return { specs, parts, bytes };
}

function manifestError(message: string): NormkitError {
  return new NormkitError('loadKerasModel', 'weights', `the manifest: ${message}`);
}

function checkSpec(spec: unknown, index: number): void {
  const { name, shape, dtype, group, quantization } = isObject(spec) ? spec : {};
  if (typeof name !== 'string' || name === '') {
    throw manifestError(`expected a name for weight ${index}. Got ${valueText(isObject(spec) ? name : spec)}.`);
  }
  const isExtent = (extent: unknown) => Number.isSafeInteger(extent) && Number(extent) >= 0;
  if (!Array.isArray(shape) || !shape.every(isExtent)) {
    throw weightError(name, `expected a shape of integers, 0 or more. Got ${valueText(shape)}.`);
  }
  if (group != null && group !== 'model' && group !== 'optimizer') {
    throw weightError(name, `has group ${valueText(group)}; expected model or optimizer.`);
  }
  if (typeof dtype !== 'string' || !Object.hasOwn(valueBytes, dtype)) {
    throw weightError(name, `has dtype ${valueText(dtype)}; expected ${listText(Object.keys(valueBytes))}.`);
  }
  if (quantization != null) checkQuantization(name, dtype, quantization);
}

function checkQuantization(name: string, dtype: string, quantization: unknown): void {
  const { dtype: stored, min, scale } = isObject(quantization) ? quantization : {};
  const types = dtype === 'float32' ? ['uint8', 'uint16', 'float16'] : dtype === 'int32' ? ['uint8', 'uint16'] : [];
  if (typeof stored !== 'string' || !types.includes(stored)) {
    const expected = types.length > 0 ? `expected ${listText(types)}` : 'it cannot be quantized';
    throw weightError(
      name,
      `${valueText(name)}, of dtype ${dtype}, is quantized as ${valueText(stored ?? quantization)}; ${expected}.`,
    );
  }
  if (stored === 'float16' || (Number.isFinite(min) && Number.isFinite(scale))) return;
  throw weightError(
    name,
    `${valueText(name)} is quantized with min ${valueText(min)} and scale ${valueText(scale)}; expected two finite numbers.`,
  );
}

/** TensorFlow.js would read a view from the start of its buffer. */
function buffersOf(data: unknown): ArrayBuffer[] {
  return [data].flat().map((part: unknown) => {
    if (ArrayBuffer.isView(part)) {
      return part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength) as ArrayBuffer;
    }
    if (Object.prototype.toString.call(part) === '[object ArrayBuffer]') return part as ArrayBuffer;
    throw new NormkitError(
      'loadKerasModel',
      'weights',
      `expected an ArrayBuffer, or several, as weightData. Got ${valueText(part)}.`,
    );
  });
}

function checkBytes(specs: readonly Spec[], received: number): void {
  let expected = 0;
  for (const spec of specs) {
    const bytes = bytesOf(spec);
    if (expected + bytes > received) {
      const left = Math.max(0, received - expected);
      throw weightError(
        spec.name,
        `expected ${bytes} bytes for shape ${valueText(spec.shape)}. Got ${left}: the file of the weights ends after ${received} bytes, and the manifest lists ${totalBytes(specs)}; fetch or convert it again.`,
      );
    }
    expected += bytes;
  }
  if (expected === received) return;
  const last = specs.at(-1);
  const advice = `Got ${received} bytes: the manifest does not belong to this file; convert the model again.`;
  if (!last) throw manifestError(`lists no weights. ${advice}`);
  throw weightError(last.name, `is the manifest's last and ends at byte ${expected}. ${advice}`);
}

function bytesOf({ shape, dtype, quantization }: Spec): number {
  const stored = { ...valueBytes, ...quantizedBytes }[(quantization?.dtype ?? dtype) as 'float32'];
  return shape.reduce((size, extent) => size * extent, stored);
}

function totalBytes(specs: readonly Spec[]): number {
  return specs.reduce((bytes, spec) => bytes + bytesOf(spec), 0);
}

/**
 * The weights of a file in the order of its manifest. They belong to the caller. One by one, because TensorFlow.js gives
 * an object, in which the last of two weights of one name stays and `__proto__` is lost.
 *
 * @throws NormkitError with the weight's name where it cannot be decoded; then nothing is left behind.
 */
export function decodeWeights({ specs, parts = [] }: Manifest): FileWeight[] {
  const names: string[] = [];
  const tensors = tidy(() => {
    const buffer = new io.CompositeArrayBuffer([...parts]);
    let offset = 0;
    return specs.map((spec) => {
      const bytes = bytesOf(spec);
      names.push(spec.name);
      const part = buffer.slice(offset, offset + bytes);
      offset += bytes;
      return decodeWeight(spec, part);
    });
  });
  return tensors.map((tensor, index) => ({ name: names[index] ?? '', tensor }));
}

function decodeWeight(spec: Spec, bytes: ArrayBuffer): Tensor {
  try {
    const { weight } = io.decodeWeights(bytes, [{ ...spec, name: 'weight' }]);
    if (weight) return weight;
  } catch (error) {
    throw weightError(spec.name, `cannot be decoded: ${(error as Error).message}`);
  }
  throw weightError(spec.name, 'cannot be decoded.');
}
