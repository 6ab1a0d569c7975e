import { constants } from 'node:os';
import { Absent } from '../absent.ts';

/** Debian's chromium package brings a Vulkan loader, and the adapter in software that its own pages use. */
const CHROMIUM = '/usr/lib/chromium';

/** Keeps a library in the process, though it is no addon: whoever asks for the same name later is given it. */
const RTLD_NODELETE = 0x1000;

/** It can be brought once. */
let brought: Promise<GPUAdapter> | undefined;

/**
 * Gives Node `navigator.gpu`: Dawn (the npm package `webgpu`) on the machine's own driver, or else on SwiftShader. Comes
 * before TensorFlow.js's backend is imported, which looks for it then. Returns the adapter that TensorFlow.js will ask for.
 *
 * @throws Absent where there is no adapter.
 */
export function bringWebGPU(): Promise<GPUAdapter> {
  brought ??= bring();
  return brought;
}

async function bring(): Promise<GPUAdapter> {
  const { create, globals } = await loadDawn();
  Object.assign(globalThis, globals);
  acceptSharedMemory();
  if (!isLoaded('libvulkan.so.1')) isLoaded(`${CHROMIUM}/libvulkan.so.1`);
  // Beside the machine's own drivers, which come first.
  process.env['VK_ADD_DRIVER_FILES'] ??= `${CHROMIUM}/vk_swiftshader_icd.json`;
  // Timestamps to the nanosecond, which pages are denied.
  const gpu = create(['disable-dawn-features=timestamp_quantization']);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) {
    throw new Absent(
      "Node finds no adapter (install a driver for Vulkan, Metal or Direct3D 12, or, to run in software, Debian's package chromium)",
    );
  }
  // Node has a navigator from version 21 on.
  const navigator = Object.defineProperty(globalThis.navigator ?? {}, 'gpu', { value: gpu, configurable: true });
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  return adapter;
}

async function loadDawn() {
  try {
    return await import('webgpu');
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('\n');
    throw new Absent(`the npm package webgpu does not load (${reason})`);
  }
}

/** Whether the system's loader knows a library, which then stays. */
function isLoaded(library: string): boolean {
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_LAZY | RTLD_NODELETE);
    return true;
  } catch (error) {
    // Loaded, but no addon of Node's.
    return error instanceof Error && error.message.startsWith('Module did not self-register');
  }
}

/** WebGPU may be given memory that threads share, as onnxruntime-web's heap is; Dawn's addon refuses it. */
function acceptSharedMemory(): void {
  const { prototype } = GPUQueue;
  const { writeBuffer } = prototype;
  prototype.writeBuffer = function (buffer, offset, data, ...rest) {
    writeBuffer.call(this, buffer, offset, ownMemory(data as AllowSharedBufferSource) as BufferSource, ...rest);
  };
}

/** The same numbers, of the same kind, in memory that no threads share. */
function ownMemory(data: AllowSharedBufferSource): AllowSharedBufferSource {
  if (!ArrayBuffer.isView(data) || !(data.buffer instanceof SharedArrayBuffer)) return data;
  const { buffer } = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return new (data.constructor as new (buffer: ArrayBuffer) => ArrayBufferView<ArrayBuffer>)(buffer);
}
