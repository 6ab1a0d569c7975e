/** Something that this machine does not have: WebGL or WebGPU in Node, Chromium. The message says what to install, if anything helps. */
export class Absent extends Error {
  override readonly name = 'Absent';
}
