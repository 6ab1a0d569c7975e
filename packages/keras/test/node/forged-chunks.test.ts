import { openKerasFile } from '@normkit/keras';
import { expect, it } from 'vitest';
import { datasetAt, fixture, refusal } from '../fixtures.ts';
import { float32, groupMark, Hdf5Writer, header, link, shapeMessage, u16, u32, u64 } from '../hdf5-writer.ts';

/** Rank 3 and the element's own axis: a key is a size, a mask and four offsets. */
const [KEYS, STEP, OFFSETS, ADDRESS] = [24, 48, 8, 40];

/** The fixture with arrays in chunks, changed in the tree of each array's chunks. */
function damagedTrees(damage: (bytes: Buffer, tree: number) => void): Uint8Array {
  const bytes = Buffer.from(fixture('chunks.weights.h5'));
  for (let at = bytes.indexOf('TREE'); at >= 0; at = bytes.indexOf('TREE', at + 4)) {
    if (bytes[at + 4] === 1) damage(bytes, at);
  }
  return new Uint8Array(bytes);
}

it.each<[string, (bytes: Buffer, tree: number) => void, string]>([
  ['missing', (bytes, tree) => bytes.writeUInt16LE(8, tree + 6), 'expected 9 chunks. Got 8'],
  [
    'there twice',
    (bytes, tree) => bytes.copy(bytes, tree + KEYS + OFFSETS + STEP, tree + KEYS + OFFSETS, tree + KEYS + ADDRESS),
    'expected no second chunk, and none at [0,0,0]',
  ],
  [
    'outside of the array',
    (bytes, tree) => bytes.writeUInt32LE(2000, tree + KEYS + OFFSETS),
    'expected no second chunk, and none at [2000,0,0]',
  ],
  [
    'between the others',
    (bytes, tree) => bytes.writeUInt32LE(1, tree + KEYS + OFFSETS),
    'expected no second chunk, and none at [1,0,0]',
  ],
  [
    'stored in the same bytes',
    (bytes, tree) => {
      for (let i = 0; i < 9; i++) {
        bytes.writeUInt32LE(5000, tree + KEYS + STEP * i);
        bytes.writeUInt32LE(96, tree + KEYS + STEP * i + ADDRESS);
      }
    },
    'expected chunks that do not share bytes',
  ],
  ['behind the file', (bytes, tree) => bytes.writeUInt32LE(2 ** 31, tree + KEYS + ADDRESS), 'expected 72 bytes'],
  ['of a tree that goes up', (bytes, tree) => bytes.writeUInt8(3, tree + 5), 'expected TREE'],
])('a chunk is refused that is %s', async (_, damage, said) => {
  expect((await refusal(damagedTrees(damage))).message).toContain(said);
});

it('a tree whose node points at itself is refused', async () => {
  const circle = damagedTrees((bytes, tree) => {
    bytes.writeUInt8(1, tree + 5);
    bytes.writeUInt32LE(tree, tree + KEYS + ADDRESS);
  });
  expect((await refusal(circle)).message).toContain('expected a node of type 1 at level 0 of its tree');
});

it('a chunk whose checksum does not fit is refused when it is read', async () => {
  const bytes = damagedTrees((all, tree) => {
    const [size, at] = [all.readUInt32LE(tree + KEYS), all.readUInt32LE(tree + KEYS + ADDRESS)];
    all.writeUInt8((all[at + size - 9] ?? 0) ^ 1, at + size - 9);
  });
  const dataset = datasetAt(await openKerasFile(bytes), 'vars/checked');
  await expect(dataset.read()).rejects.toMatchObject({
    problem: 'damaged',
    message: expect.stringContaining('expected a chunk whose checksum fits'),
  });
});

it('one chunk that says to unfold to gigabytes is refused before anything is allocated', async () => {
  const writer = new Hdf5Writer();
  const data = writer.put(Buffer.alloc(10));
  const layout = [Buffer.of(4, 2, 2, 2, 4), u32(2 ** 29), u32(4), Buffer.of(1), u64(10), u32(0), u64(data)];
  const filters = Buffer.concat([Buffer.of(2, 1), u16(1), u16(0), u16(1), u32(6)]);
  const array = header([
    shapeMessage([2 ** 29]),
    float32,
    { type: 11, data: filters },
    { type: 8, data: Buffer.concat(layout) },
  ]);
  const root = writer.put(header([groupMark, link('0', writer.put(array))]));
  expect((await refusal(writer.finish(root))).message).toContain('expected the bytes of [536870912]. Got 10');
});
