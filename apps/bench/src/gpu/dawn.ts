import { constants } from 'node:os';
import { UsageError } from '../options.ts';

/** Debian's chromium package brings a Vulkan loader, and the adapter in software that its own pages use. */
const CHROMIUM = '/usr/lib/chromium';

/** Keeps a library in the process, though it is no addon: whoever asks for the same name later is given it. */
const RTLD_NODELETE = 0x1000;

/**
 * Gives Node `navigator.gpu`: Dawn (the npm package `webgpu`) on the machine's own driver, or else on SwiftShader. Comes
 * before TensorFlow.js's backend is imported, which looks for it then.
 *
 * @throws UsageError where there is no adapter.
 */
export async function bringWebGPU(): Promise<void> {
  const { create, globals } = await loadDawn();
  Object.assign(globalThis, globals);
  acceptSharedMemory();
  if (!isLoaded('libvulkan.so.1')) isLoaded(`${CHROMIUM}/libvulkan.so.1`);
  // Beside the machine's own drivers, which come first.
  process.env['VK_ADD_DRIVER_FILES'] ??= `${CHROMIUM}/vk_swiftshader_icd.json`;
  // Timestamps to the nanosecond, which pages are denied.
  const gpu = create(['disable-dawn-features=timestamp_quantization']);
  if (!(await gpu.requestAdapter())) {
    throw new UsageError(
      "--backend webgpu finds no adapter: install a Vulkan driver for the GPU, or, to run in software, Debian's package chromium",
    );
  }
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
}

async function loadDawn() {
  try {
    return await import('webgpu');
  } catch (error) {
    const reason = String(error instanceof Error ? error.message : error).split('\n')[0];
    throw new UsageError(`--backend webgpu needs Dawn in Node, the npm package webgpu, which does not load: ${reason}`);
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
