import type { Child } from '../array-file.ts';
import { damaged, type Hdf5Bytes, unsupported } from './bytes.ts';
import { treeLeaves } from './tree.ts';

/** Groups as HDF5 1.0 wrote them and h5py does today: a tree of nodes with names in a heap. */
export function readSymbols(bytes: Hdf5Bytes, at: number): readonly Child<number>[] {
  const [tree, heap] = [bytes.address(at), bytes.address(at + 8)];
  if (tree === undefined || heap === undefined) throw damaged(at, 'expected a tree and a heap of names.');
  bytes.expect(heap, 'HEAP');
  const names = bytes.u64(heap + 24);
  const namesEnd = names + bytes.u64(heap + 8);
  return treeLeaves(bytes, tree, { type: 0, keySize: 8 }).flatMap(({ address }) => {
    bytes.expect(address, 'SNOD');
    const count = bytes.u16(address + 6);
    return Array.from({ length: count }, (_, i) => {
      const entry = address + 8 + 40 * i;
      if (bytes.u32(entry + 16) === 2) throw unsupported(entry, 'a soft link');
      return { name: bytes.zeroEnded(names + bytes.u64(entry), namesEnd), place: bytes.u64(entry + 8) };
    });
  });
}
