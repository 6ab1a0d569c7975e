import type { Plan } from '@normkit/core';
import { env, type TensorInfo } from '@tensorflow/tfjs-core';
import { programNamed, setShape, type WebGLBackend } from './backend.ts';
import { type Draw, type InputName, type OutputName, outputAsX, type Scratch, type Work } from './draws.ts';
import { gridOf } from './grid.ts';
import { precision, tellOfHalfFloats } from './precision.ts';
import { programOfKey } from './programs/key.ts';
import { uniformType } from './programs/uniforms.ts';
import { Textures } from './textures.ts';

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
    const asX = outputAsX(grid, 'y');
    const inPlace = { x: textures.isInPlace('x', asX), dy: textures.isInPlace('dy', asX) };
    for (const each of drawsOf({ plan, grid, formats: textures.formats(), inPlace, webgl, halves })) {
      const { name, shape } = each.output;
      const tensor = run(backend, each, textures);
      if (shape) setShape(backend, tensor, shape === 'as x' ? inputs.x.shape : shape);
      if (name === 'partials' || name === 'statsSums') scratch.push(tensor);
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
      ...tensors.map((name) => ({ name: `${name}Texture`, type: 'ivec4' })),
      ...names.map((name) => ({ name, type: uniformType(name) })),
    ],
  });
  return backend.runWebGLProgram(
    program,
    read.map(({ disguise }) => disguise),
    'float32',
    [...read.map(({ numbers }) => numbers), ...values],
    true,
  );
}
