/** Random numbers from a seed: the same on every machine, so that a failing case can be named and run again. */
export class Random {
  #state: number;

  constructor(seed: string) {
    // FNV-1a, so that cases whose names differ in one letter have nothing in common.
    this.#state = [...seed].reduce(
      (hash, letter) => Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16777619),
      2166136261,
    );
  }

  /** Uniform in [0, 1): mulberry32. */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Normal with mean 0 and deviation 1: Box and Muller. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  normals(length: number): Float32Array {
    return Float32Array.from({ length }, () => this.normal());
  }
}
