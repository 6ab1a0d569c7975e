import type { Gap } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type exported, shared, single } from './modules.generated.ts';

/** What the kernels use of TensorFlow.js's wasm backend (`BackendWasm`). */
export interface WasmBackend {
  readonly wasm: { readonly asm?: object; readonly wasmMemory?: WebAssembly.Memory; readonly HEAPU8: Uint8Array };
  /** Asking for a tensor that lives on another backend moves it here. */
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
  disposeData(dataId: object): boolean;
}

/** The exports of assembly/index.ts, as AssemblyScript declares them. Addresses are byte offsets in the heap, or 0. */
export type Kernels = typeof exported;

/** The kernels on a heap, or what the heap lacks. */
type Heap = Kernels | 'simd' | 'memory';

const heaps = new WeakMap<object, Heap>();

/** What some builds of TensorFlow.js, or some machines, lack. */
export const gaps: readonly Gap<WasmBackend>[] = [
  { name: 'simd', why: 'WebAssembly SIMD is not available here', covers: (_, backend) => heapOf(backend) === 'simd' },
  {
    name: 'memory',
    why: 'this build of TensorFlow.js does not give access to the memory of its heap',
    covers: (_, backend) => heapOf(backend) === 'memory',
  },
];

/** The kernels on a backend's heap. Where the heap lacks something a gap covers every call, and this is not called. */
export function kernelsOf(backend: WasmBackend): Kernels {
  return heapOf(backend) as Kernels;
}

/** Kernels are instantiated once for each heap. TensorFlow.js makes a new heap when the backend is registered anew. */
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
  // A few kilobytes compile in a millisecond. No promise: importing the package is all that a user has to do.
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return exports as unknown as Kernels;
}

/** Emscripten exports the memory or imports it. Either way it is the memory whose buffer is the heap's. */
function memoryOf({ asm, wasmMemory, HEAPU8 }: WasmBackend['wasm']): WebAssembly.Memory | undefined {
  const candidates = [wasmMemory, ...Object.values(asm ?? {})];
  return candidates.find((value) => value instanceof WebAssembly.Memory && value.buffer === HEAPU8.buffer);
}
