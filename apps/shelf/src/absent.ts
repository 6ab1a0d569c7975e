/** Something that this machine does not have: WebGPU in Node, Chromium. The message says what to install. */
export class Absent extends Error {
  override readonly name = 'Absent';
}
