/** A stream of bytes that is read in amounts of the reader's choice: nothing is fetched before it is asked for. */
export class ByteSource {
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private pending: Uint8Array = new Uint8Array(0);

  constructor(stream: ReadableStream<Uint8Array>) {
    this.reader = stream.getReader();
  }

  /** What comes next, which stays to be read. Empty at the end. */
  async peek(): Promise<Uint8Array> {
    while (this.pending.length === 0) {
      const { done, value } = await this.reader.read();
      if (done) break;
      this.pending = value;
    }
    return this.pending;
  }

  /** From one byte to `most`; none at the end. */
  async next(most: number): Promise<Uint8Array> {
    const piece = (await this.peek()).subarray(0, most);
    this.pending = this.pending.subarray(piece.length);
    return piece;
  }

  /** Fills an array up, beginning at a place, and says how far: not to its end where the stream ends before. */
  async fill(target: Uint8Array, from: number): Promise<number> {
    let filled = from;
    while (filled < target.length) {
      const piece = await this.next(target.length - filled);
      if (piece.length === 0) break;
      target.set(piece, filled);
      filled += piece.length;
    }
    return filled;
  }

  /** Ends the stream, whatever is left in it. */
  cancel(): Promise<void> {
    return this.reader.cancel();
  }
}
