import { getKernel, type TensorInfo } from '@tensorflow/tfjs-core';

/*
 * What is used of TensorFlow.js's webgl backend to run programs, all of it.
 */

/** What TensorFlow.js knows of a tensor's texture. */
export interface TextureData {
  /** Not there while the values are on the CPU's side. */
  texture?: object | null;
  /** Rows and columns of elements; a packed texture holds two by two of them in a texel. */
  texShape?: [number, number] | null;
  /** The shape by which the tensor was packed. */
  shape: number[];
  isPacked?: boolean;
  /** Of a tensor that is part of another one's texture. */
  slice?: { readonly flatOffset: number } | null;
}

/** What is used of TensorFlow.js's webgl backend (`MathBackendWebGL`). */
export interface WebGLBackend {
  readonly texData: {
    get(dataId: object): TextureData;
    set(dataId: object, data: TextureData): void;
    delete(dataId: object): boolean;
  };
  uploadToGPU(dataId: object): void;
  unpackTensor(tensor: TensorInfo): TensorInfo;
  runWebGLProgram(
    program: GPGPUProgram,
    inputs: TensorInfo[],
    dtype: 'float32',
    uniforms: number[][],
    staysPacked: true,
  ): TensorInfo;
  disposeIntermediateTensorInfo(tensor: TensorInfo): void;
}

/** TensorFlow.js's own name for what it runs. */
export interface GPGPUProgram {
  readonly variableNames: readonly string[];
  readonly outputShape: number[];
  readonly userCode: string;
  readonly packedOutput: boolean;
  readonly enableShapeUniforms: true;
  readonly customUniforms: readonly { readonly name: string; readonly type: string }[];
}

const METHODS = ['uploadToGPU', 'unpackTensor', 'runWebGLProgram', 'disposeIntermediateTensorInfo'] as const;

/** The members of a backend that this version of TensorFlow.js does not have. */
export function missingMembers(backend: WebGLBackend): string[] {
  return [
    ...METHODS.filter((name) => typeof backend[name] !== 'function'),
    ...(['get', 'set', 'delete'] as const).filter((name) => typeof backend.texData?.[name] !== 'function'),
    ...(sliceOfBackend() ? [] : ['the kernel Slice']),
  ];
}

/** Each kind of program has a class, by whose name TensorFlow.js's profiler calls it. */
const classes = new Map<string, new () => object>();

export function programNamed(kind: string, members: GPGPUProgram): GPGPUProgram {
  const name = `Normkit${kind[0]?.toUpperCase()}${kind.slice(1)}`;
  const known = classes.get(name) ?? { [name]: class {} }[name];
  classes.set(name, known as new () => object);
  return Object.assign(new (known as new () => object)(), members);
}

/** A build of TensorFlow.js with chosen kernels may lack it. */
function sliceOfBackend(): KernelFunction | undefined {
  return getKernel('Slice', 'webgl')?.kernelFunc as KernelFunction | undefined;
}

/** The rows of a matrix that lies unpacked, as vectors of their own in its texture. Disposes of the matrix. */
export function cutRows(backend: WebGLBackend, matrix: TensorInfo): TensorInfo[] {
  const [rows = 0, columns = 0] = matrix.shape;
  const slice = sliceOfBackend() as KernelFunction;
  const cut = Array.from({ length: rows }, (_, row) => {
    const attrs = { begin: [row, 0], size: [1, columns] };
    const vector = slice({ inputs: { x: matrix }, backend, attrs });
    setShape(backend, vector, [columns]);
    return vector;
  });
  backend.disposeIntermediateTensorInfo(matrix);
  return cut;
}

type KernelFunction = (call: {
  inputs: Record<string, TensorInfo>;
  backend: WebGLBackend;
  attrs: Record<string, unknown>;
}) => TensorInfo;

/** Gives a tensor another shape of the same elements, whose texels are the same. */
export function setShape(backend: WebGLBackend, tensor: TensorInfo, shape: readonly number[]): void {
  tensor.shape = [...shape];
  backend.texData.get(tensor.dataId).shape = tensor.shape;
}
