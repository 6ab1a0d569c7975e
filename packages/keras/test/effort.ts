import { vi } from 'vitest';

/** What a piece of work cost, apart from any clock. */
export interface Effort {
  /** Numbers read from bytes. */
  readonly reads: number;
  /** Bytes that were allocated for typed arrays. */
  readonly allocated: number;
}

const readers = ['getUint8', 'getUint16', 'getUint32'] as const;

/** Does a piece of work, and counts what it reads through DataViews and allocates. */
export async function effortOf(work: () => Promise<unknown>): Promise<Effort> {
  let [reads, allocated] = [0, 0];
  const spies = readers.map((reader) => {
    const original = DataView.prototype[reader];
    return vi.spyOn(DataView.prototype, reader).mockImplementation(function (this: DataView, ...place: [number]) {
      reads++;
      return original.apply(this, place);
    });
  });
  const Original = globalThis.Uint8Array;
  globalThis.Uint8Array = new Proxy(Original, {
    construct(target, args, newTarget) {
      if (typeof args[0] === 'number') allocated += args[0];
      return Reflect.construct(target, args, newTarget);
    },
  });
  try {
    await work();
  } finally {
    globalThis.Uint8Array = Original;
    for (const spy of spies) spy.mockRestore();
  }
  return { reads, allocated };
}
