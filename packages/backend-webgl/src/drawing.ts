import type { Plan } from '@normkit/core';
import { env, getKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Draw, Format, Formats, InputName, Output, OutputName, Scratch, TensorName, Work } from './draws.ts';
import { gridOf, planeOf } from './grid.ts';
import { precision, tellOfHalfFloats } from './precision.ts';
import { programOfKey } from './programs/key.ts';
import { uniformType } from './programs/uniforms.ts';

/*
 * Draws run as programs of TensorFlow.js's webgl backend, by the same means as its own. All that is used of the backend
 * is here.
 */

/** What TensorFlow.js knows of a tensor's texture. */
interface TextureData {
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
interface GPGPUProgram {
  readonly variableNames: readonly TensorName[];
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
  ];
}

type Inputs = Readonly<{ x: TensorInfo } & Partial<Record<InputName, TensorInfo | undefined>>>;
type Made<Name extends OutputName> = Readonly<Record<Exclude<Name, Scratch>, TensorInfo>>;

/** Runs the draws of a call. Returns the tensors that they make. */
export function draw<Name extends OutputName>(
  backend: WebGLBackend,
  plan: Plan,
  inputs: Inputs,
  drawsOf: (work: Work) => readonly Draw<Name>[],
): Made<Name> {
  const halves = precision() === 'float16';
  if (halves) tellOfHalfFloats();
  const webgl = env().getNumber('WEBGL_VERSION') === 2 ? 2 : 1;
  const grid = gridOf(plan, inputs.x.shape, env().getBool('WEBGL_PACK'));
  const textures = new Textures(backend);
  const results: Partial<Record<OutputName, TensorInfo>> = {};
  const scratch: TensorInfo[] = [];
  try {
    for (const [name, tensor] of Object.entries(inputs)) {
      if (tensor) textures.read(name as InputName, tensor, grid.quads);
    }
    for (const each of drawsOf({ plan, grid, formats: textures.formats(), webgl, halves })) {
      const { name, shape } = each.output;
      const tensor = run(backend, each, textures);
      if (shape) setShape(backend, tensor, shape === 'as x' ? inputs.x.shape : shape);
      if (name === 'partials' || name === 'sums') scratch.push(tensor);
      else results[name] = tensor;
      textures.add(name, tensor);
    }
    return results as Made<Name>;
  } catch (error) {
    scratch.push(...Object.values(results));
    throw error;
  } finally {
    textures.forget();
    for (const tensor of scratch) backend.disposeIntermediateTensorInfo(tensor);
  }
}

/** The rows of a matrix that lies unpacked, as vectors of their own in its texture. It is given up. */
export function cutRows(backend: WebGLBackend, matrix: TensorInfo): TensorInfo[] {
  const [rows = 0, columns = 0] = matrix.shape;
  const slice = getKernel('Slice', 'webgl')?.kernelFunc as KernelFunction;
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

function setShape(backend: WebGLBackend, tensor: TensorInfo, shape: readonly number[]): void {
  tensor.shape = [...shape];
  backend.texData.get(tensor.dataId).shape = tensor.shape;
}

/** Each kind of program has a class, by whose name TensorFlow.js's profiler calls it. */
const classes = new Map<string, new () => object>();

function programNamed(kind: string, members: GPGPUProgram): GPGPUProgram {
  const name = `Normkit${kind[0]?.toUpperCase()}${kind.slice(1)}`;
  const known = classes.get(name) ?? { [name]: class {} }[name];
  classes.set(name, known as new () => object);
  return Object.assign(new (known as new () => object)(), members);
}

/** Runs one program. */
function run(backend: WebGLBackend, { key, uniforms, output }: Draw, textures: Textures): TensorInfo {
  const { code, tensors, uniforms: names } = programOfKey(key);
  const read = tensors.map((name) => textures.get(name));
  const [width, height] = textures.sizeOf(output);
  const packed = output.format === 'packed';
  const values = names.map((name) => {
    const value = uniforms[name];
    if (value !== undefined) return [value].flat();
    throw new Error(`[normkit] the program ${key.kind} has no ${name}: this is a defect of normkit`);
  });
  const program = programNamed(key.kind, {
    variableNames: tensors,
    outputShape: packed ? [2 * height, 2 * width] : [height, width],
    userCode: code,
    packedOutput: packed,
    enableShapeUniforms: true,
    customUniforms: [
      { name: 'outSize', type: 'ivec2' },
      ...tensors.map((name) => ({ name: `${name}Texture`, type: 'ivec4' })),
      ...names.map((name) => ({ name, type: uniformType(name) })),
    ],
  });
  return backend.runWebGLProgram(
    program,
    read.map(({ disguise }) => disguise),
    'float32',
    [[width, height], ...read.map(({ numbers }) => numbers), ...values],
    true,
  );
}

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
 * its texture, as an unpacked vector of five, which is forgotten after the call.
 */
class Textures {
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
    const entries = [...this.#textures].map(([name, { format }]) => [name, format]);
    return Object.fromEntries(entries) as Formats;
  }

  /** The size of an output's texture: that of x, so that TensorFlow.js uses textures again, or nearly square. */
  sizeOf({ format, texels, shape }: Output): [width: number, height: number] {
    const x = this.#textures.get('x');
    if (shape === 'as x' && x?.format === format) return [x.numbers[0], x.numbers[1]];
    // At least two by two elements: TensorFlow.js makes other programs for vectors.
    const least = format === 'packed' ? 1 : 2;
    const width = Math.max(least, texels <= WIDE * least ? Math.ceil(texels / least) : Math.ceil(Math.sqrt(texels)));
    return [width, Math.max(least, Math.ceil(texels / width))];
  }

  forget(): void {
    for (const dataId of this.#disguises) this.#backend.texData.delete(dataId);
    for (const tensor of this.#unpacked) this.#backend.disposeIntermediateTensorInfo(tensor);
  }
}

/** Texels of a texture that may be of one line. */
const WIDE = 1024;

/** Whether tensors of two shapes, packed, have the same texels. */
function haveSameTexels(one: readonly number[], other: readonly number[]): boolean {
  const [a, b] = [planeOf(one), planeOf(other)];
  if (a.columns === b.columns) return a.rows === b.rows || (a.rows % 2 === 0 && b.rows % 2 === 0);
  return a.rows === 1 && b.rows === 1 && a.columns % 2 === 0 && b.columns % 2 === 0;
}
