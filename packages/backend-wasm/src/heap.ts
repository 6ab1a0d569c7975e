import type { Gap } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { shared, single } from './modules.generated.ts';

/** What the kernels use of TensorFlow.js's wasm backend (`BackendWasm`). */
export interface WasmBackend {
  readonly wasm: { readonly asm?: object; readonly wasmMemory?: WebAssembly.Memory; readonly HEAPU8: Uint8Array };
  /** Asking for a tensor that lives on another backend moves it here. */
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
  disposeData(dataId: object): boolean;
}

/** The exports of assembly/index.ts. Addresses are byte offsets in the heap; 0 stands for a parameter that is not given. */
export interface Kernels {
  setPlan(...numbers: number[]): void;
  forward(x: number, y: number, stats: number, gamma: number, beta: number, scratch: number): void;
  apply(x: number, y: number, stats: number, gamma: number, beta: number, scratch: number): void;
  backward(
    dy: number,
    x: number,
    stats: number,
    gamma: number,
    dx: number,
    dgamma: number,
    dbeta: number,
    scratch: number,
    isOwn: boolean,
    isFrozen: boolean,
  ): void;
}

/** A heap with kernels on it, or what it lacks. */
type Heap = Kernels | 'simd' | 'memory';

const heaps = new WeakMap<object, Heap>();

/** What some builds of TensorFlow.js, or some machines, do not have. */
export const gaps: readonly Gap<WasmBackend>[] = [
  { name: 'simd', why: 'WebAssembly SIMD is not available here', covers: (_, backend) => heapOf(backend) === 'simd' },
  {
    name: 'memory',
    why: 'this build of TensorFlow.js does not give access to the memory of its heap',
    covers: (_, backend) => heapOf(backend) === 'memory',
  },
];

/** The kernels on a backend's heap; a backend that lacks something for them has a gap, and its kernels are not called. */
export function kernelsOf(backend: WasmBackend): Kernels {
  return heapOf(backend) as Kernels;
}

/** Instantiated once for each heap: TensorFlow.js makes a new one whenever the backend is registered anew. */
function heapOf({ wasm }: WasmBackend): Heap {
  const heap = heaps.get(wasm) ?? openHeap(wasm);
  heaps.set(wasm, heap);
  return heap;
}

function openHeap(wasm: WasmBackend['wasm']): Heap {
  const memory = memoryOf(wasm);
  if (!memory) return 'memory';
  const isShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const bytes = Uint8Array.from(atob(isShared ? shared : single), (letter) => letter.charCodeAt(0));
  if (!WebAssembly.validate(bytes)) return 'simd';
  // A few kilobytes, compiled in a millisecond: no promise, so that an import is all it takes.
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return exports as unknown as Kernels;
}

/** Emscripten exports the memory, or imported it: either way it is the one whose buffer is the heap's. */
function memoryOf({ asm, wasmMemory, HEAPU8 }: WasmBackend['wasm']): WebAssembly.Memory | undefined {
  const candidates = [wasmMemory, ...Object.values(asm ?? {})];
  return candidates.find((value) => value instanceof WebAssembly.Memory && value.buffer === HEAPU8.buffer);
}
