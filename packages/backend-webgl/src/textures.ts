import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGLBackend } from './backend.ts';
import {
  type Format,
  type Formats,
  type InputName,
  matrixFormat,
  type Output,
  type TensorName,
  texelsOfRow,
} from './draws.ts';
import { planeOf } from './grid.ts';

/** A tensor's texture, as programs read it. */
interface Texture {
  readonly disguise: TensorInfo;
  readonly format: Format;
  /** Width and height in texels, the texel of the first element, the columns of a matrix. */
  readonly numbers: [number, number, number, number];
}

/**
 * The textures of a call. TensorFlow.js makes another program for each kind of shape, and packs or unpacks whatever is not
 * as a program wants it. Ours read every texture as it is. So TensorFlow.js gets a tensor in disguise: one entry more for
 * its texture, which is forgotten after the call. All are vectors of five in two rows, so that they share one program.
 */
export class Textures {
  readonly #backend: WebGLBackend;
  readonly #textures = new Map<TensorName, Texture>();
  readonly #disguises: object[] = [];
  readonly #unpacked: TensorInfo[] = [];

  constructor(backend: WebGLBackend) {
    this.#backend = backend;
  }

  /** Adds an input. It is uploaded if need be, packed if it is to be. */
  read(name: InputName, tensor: TensorInfo, packed: boolean): void {
    const { texData } = this.#backend;
    const data = texData.get(tensor.dataId);
    if (!data.texture) {
      data.isPacked = packed;
      data.shape = tensor.shape;
      this.#backend.uploadToGPU(tensor.dataId);
    }
    if (!data.isPacked || haveSameTexels(data.shape, tensor.shape)) {
      this.add(name, tensor);
      return;
    }
    const unpacked = this.#backend.unpackTensor(tensor);
    this.#unpacked.push(unpacked);
    this.add(name, unpacked);
  }

  add(name: TensorName, tensor: TensorInfo): void {
    const data = this.#backend.texData.get(tensor.dataId);
    const [rows, columns] = data.texShape ?? [0, 0];
    const perTexel = data.isPacked ? 2 : 1;
    const disguise = { dataId: {}, shape: [5], dtype: tensor.dtype };
    // Where programs are only compiled, nothing is uploaded.
    const texture = data.texture ?? {};
    this.#backend.texData.set(disguise.dataId, {
      ...data,
      texture,
      shape: [5],
      texShape: [2, 3],
      isPacked: false,
      slice: null,
    });
    this.#disguises.push(disguise.dataId);
    this.#textures.set(name, {
      disguise,
      format: data.isPacked ? 'packed' : 'unpacked',
      numbers: [
        Math.ceil(columns / perTexel),
        Math.ceil(rows / perTexel),
        data.slice?.flatOffset ?? 0,
        tensor.shape.at(-1) ?? 1,
      ],
    });
  }

  get(name: TensorName): Texture {
    const texture = this.#textures.get(name);
    if (texture) return texture;
    throw new Error(`[normkit] a program reads ${name}, which is not there: this is a defect of normkit`);
  }

  formats(): Formats {
    const entries = [...this.#textures].map(([name, { format, numbers }]) => {
      const [width, , first, columns] = numbers;
      const byRows = name !== 'x' && name !== 'dy' && first === 0 && width === texelsOfRow(format, columns);
      return [name, byRows ? `${format} by rows` : format];
    });
    return Object.fromEntries(entries) as unknown as Formats;
  }

  /** The size of an output's texture: that of x, so that TensorFlow.js uses textures again; by rows; or nearly square. */
  sizeOf({ format, texels, shape }: Output): [width: number, height: number] {
    const x = this.#textures.get('x');
    if (shape === 'as x' && x?.format === format) {
      const [width, height] = x.numbers;
      // It may be that of a larger tensor, of which x is a part.
      if (width * (height - 1) < texels) return [width, height];
    }
    if (shape && shape !== 'as x' && matrixFormat(format, shape[1]) !== format) {
      const width = texelsOfRow(format, shape[1]);
      return [width, texels / width];
    }
    // At least two by two elements: TensorFlow.js makes other programs for vectors. And software draws two by two texels.
    const width = Math.max(2, Math.ceil(Math.sqrt(texels)));
    return [width, Math.max(2, Math.ceil(texels / width))];
  }

  /** Whether a tensor lies as an output of the shape of x will. */
  isInPlace(name: 'x' | 'dy', output: Output): boolean {
    const texture = this.#textures.get(name);
    if (texture?.format !== output.format) return false;
    const [width, height] = this.sizeOf(output);
    const [ownWidth, ownHeight, first] = texture.numbers;
    return first === 0 && ownWidth === width && ownHeight === height;
  }

  forget(): void {
    for (const dataId of this.#disguises) this.#backend.texData.delete(dataId);
    for (const tensor of this.#unpacked) this.#backend.disposeIntermediateTensorInfo(tensor);
  }
}

/** Whether tensors of two shapes, packed, have the same texels. */
function haveSameTexels(one: readonly number[], other: readonly number[]): boolean {
  const [a, b] = [planeOf(one), planeOf(other)];
  if (a.columns === b.columns) return a.rows === b.rows || (a.rows % 2 === 0 && b.rows % 2 === 0);
  return a.rows === 1 && b.rows === 1 && a.columns % 2 === 0 && b.columns % 2 === 0;
}
