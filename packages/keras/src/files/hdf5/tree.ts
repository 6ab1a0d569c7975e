import { damaged, type Hdf5Bytes } from './bytes.ts';

export interface Leaf {
  /** Where the key before the leaf is. */
  readonly key: number;
  readonly address: number;
}

/** The leaves of a tree of version 1, from left to right. `type` is 0 for names and 1 for chunks. */
export function treeLeaves(bytes: Hdf5Bytes, root: number, form: { type: number; keySize: number }): Leaf[] {
  let level = bytes.u8(root + 5);
  let nodes = [root];
  for (;;) {
    const below = nodes.flatMap((node) => nodeEntries(bytes, node, level, form));
    if (level === 0) return below;
    nodes = below.map(({ address }) => address);
    level--;
  }
}

/** A node says its level: one that points up or at itself is found out. */
function nodeEntries(bytes: Hdf5Bytes, node: number, level: number, form: { type: number; keySize: number }): Leaf[] {
  bytes.expect(node, 'TREE');
  if (bytes.u8(node + 4) !== form.type || bytes.u8(node + 5) !== level) {
    throw damaged(node, `expected a node of type ${form.type} at level ${level} of its tree.`);
  }
  const step = form.keySize + 8;
  return Array.from({ length: bytes.u16(node + 6) }, (_, i) => {
    const key = node + 24 + step * i;
    return { key, address: bytes.u64(key + form.keySize) };
  });
}
