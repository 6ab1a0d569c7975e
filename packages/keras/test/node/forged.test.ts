import { openKerasFile } from '@normkit/keras';
import { expect, it } from 'vitest';
import { effortOf } from '../effort.ts';
import { datasetAt, datasetsOf, refusal, rootOf } from '../fixtures.ts';
import {
  collection,
  dataset,
  groupMark,
  Hdf5Writer,
  header,
  link,
  type Message,
  textsAttribute,
  u16,
  u32,
  u64,
} from '../hdf5-writer.ts';

/** Requires a forged file to be refused at a cost that grows as the file does. */
async function expectRefusal(bytes: Uint8Array, said: string): Promise<void> {
  const { reads, allocated } = await effortOf(async () => {
    expect((await refusal(bytes)).message).toContain(said);
  });
  expect(reads).toBeLessThanOrEqual(2 * bytes.length + 40_000);
  expect(allocated).toBeLessThanOrEqual(bytes.length);
}

/** A file whose root has these messages; `write` puts what they point at. */
function fileOf(write: (writer: Hdf5Writer) => readonly Message[]): Uint8Array {
  const writer = new Hdf5Writer();
  const messages = write(writer);
  return writer.finish(writer.put(header([groupMark, ...messages])));
}

/** A file with groups within groups, the innermost first. */
function nested(levels: number, messagesOf: (inner: number) => Message[]): Uint8Array {
  return fileOf((writer) => {
    let inner = writer.put(header([groupMark]));
    for (let level = 0; level < levels; level++) inner = writer.put(header([groupMark, ...messagesOf(inner)]));
    return [link('layers', inner)];
  });
}

it('the files of these tests open where they are not forged', async () => {
  const file = await openKerasFile(
    fileOf((writer) => {
      const data = writer.put(new Uint8Array(new Float32Array([1, 2, 3]).buffer));
      const vars = header([groupMark, link('0', writer.put(dataset([3], data, 12)))]);
      const names = writer.put(collection(Buffer.from('dense')));
      return [textsAttribute('names', 2, 5, names), link('vars', writer.put(vars))];
    }),
  );
  expect([...(await datasetAt(file, 'vars/0').read())]).toEqual([1, 2, 3]);
  expect(rootOf(file).attributes.get('names')).toEqual(['dense', 'dense']);
});

it.each([
  ['larger than the file', [2n ** 40n], 2n ** 42n, 'expected 4398046511104 bytes'],
  ['larger than numbers', [2n ** 63n, 2n ** 63n], 16n, 'is no array'],
  ['larger than its data', [9], 16n, 'expected 36 bytes of an array. Got 16'],
  ['of a hundred axes', Array<number>(100).fill(1), 4n, 'expected at most 32 extents. Got 100'],
])('an array is refused before it is allocated: %s', async (_, shape, size, said) => {
  await expectRefusal(
    fileOf((writer) => [link('vars', writer.put(dataset(shape, 0, size)))]),
    said,
  );
});

it('arrays that share their bytes are refused: each would be allocated', async () => {
  const many = fileOf((writer) => {
    const data = writer.put(new Uint8Array(40_000));
    return Array.from({ length: 40 }, (_, i) => link(`a${i}`, writer.put(dataset([10_000], data, 40_000))));
  });
  await expectRefusal(many, 'expected arrays with bytes of their own');
});

it('groups in circles, and groups that double at each level, are refused', async () => {
  const writer = new Hdf5Writer();
  const root = writer.next;
  writer.put(header([groupMark, link('self', root)]));
  await expectRefusal(writer.finish(root), 'in several groups, or in itself');
  await expectRefusal(
    nested(60, (inner) => [link('a', inner), link('b', inner)]),
    'in several groups, or in itself',
  );
});

it('groups within groups are refused past 128 levels, also those that one name stands for', async () => {
  const deep = (levels: number) => nested(levels, (inner) => [link('g', inner)]);
  await expectRefusal(deep(300), 'expected at most 128 groups within one another');
  await expectRefusal(deep(120), "expected the attribute 'layer_names', or groups called 'vars'");
  const named = fileOf((writer) => [link('a\\'.repeat(30_000), writer.put(header([groupMark])))]);
  await expectRefusal(named, 'expected at most 128 groups within one another');
});

it.each(['', '.', '..', 'a/b', 'a\\\\b', '\\a', 'a\0b'])('a group called %j is refused', async (name) => {
  await expectRefusal(
    fileOf((writer) => [link(name, writer.put(header([groupMark])))]),
    'expected names of groups and arrays',
  );
});

it('two groups, or two arrays, of one name are refused', async () => {
  const twice = (object: (writer: Hdf5Writer) => Buffer) =>
    fileOf((writer) => [link('vars', writer.put(object(writer))), link('vars', writer.put(object(writer)))]);
  await expectRefusal(
    twice(() => header([groupMark])),
    'expected one group of this name. Got two',
  );
  await expectRefusal(
    twice((writer) => dataset([1], writer.put(Buffer.alloc(4)), 4)),
    'expected one array of this name. Got two',
  );
});

it('names like those of every object’s own members are names', async () => {
  const odd = ['__proto__', 'constructor', 'vars'];
  const file = await openKerasFile(
    fileOf((writer) =>
      odd.map((name) => {
        const data = writer.put(Buffer.alloc(4));
        return link(name, writer.put(header([groupMark, link('0', writer.put(dataset([1], data, 4)))])));
      }),
    ),
  );
  expect(datasetsOf(rootOf(file)).map(({ path }) => path)).toEqual(['__proto__/0', 'constructor/0', 'vars/0']);
});

it('a header that continues in itself is refused', async () => {
  const writer = new Hdf5Writer();
  const root = writer.next;
  const continuation = Buffer.concat([u16(16), u16(16), u32(0), u64(root + 16), u64(24)]);
  writer.put(Buffer.concat([Buffer.of(1, 0), u16(1), u32(1), u32(24), u32(0), continuation]));
  await expectRefusal(writer.finish(root), 'structures point at the same bytes over and over');
});

it('a long text that an attribute names again and again is refused', async () => {
  const many = fileOf((writer) => {
    const text = writer.put(collection(Buffer.alloc(30_000, 'x')));
    return [textsAttribute('layer_names', 4000, 30_000, text)];
  });
  await expectRefusal(many, 'structures point at the same bytes over and over');
});

it('an attribute with more elements than bytes is refused', async () => {
  const short = textsAttribute('names', 2, 5, 0);
  const cut = { type: 12, data: short.data.subarray(0, short.data.length - 1) };
  await expectRefusal(
    fileOf(() => [cut]),
    'expected 2 elements within 31 bytes',
  );
});

it('a header of two hundred thousand parts is refused', async () => {
  const writer = new Hdf5Writer();
  const parts = Buffer.alloc(8 * 200_000);
  const root = writer.put(Buffer.concat([Buffer.of(1, 0), u16(65_535), u32(1), u32(parts.length), u32(0), parts]));
  await expectRefusal(writer.finish(root), 'expected at most 65535 parts of a header');
});

it('parts of a header and names of links that reach past their end are refused', async () => {
  const long = link('vars', 0).data;
  long.set(u32(5), 2);
  await expectRefusal(
    fileOf(() => [{ type: 6, data: long }]),
    'expected a link to end in its place',
  );
  const writer = new Hdf5Writer();
  const bytes = header([groupMark]);
  bytes.set(u16(19), 11);
  await expectRefusal(writer.finish(writer.put(bytes)), 'expected a part of a header to end in it');
});
