import { type KerasModelFile, openKerasFile } from '@normkit/keras';
import { expect, it } from 'vitest';
import { archive, config, datasetAt, datasetsOf, fixture, refusal, rootOf, values } from '../fixtures.ts';
import { writeZip, writeZipOf } from '../zip-writer.ts';

const members = {
  'metadata.json': JSON.stringify({ keras_version: '3.10.0' }),
  'config.json': JSON.stringify(config),
  'model.weights.h5': fixture('objects.weights.h5'),
};

it('a .keras file gives its config, how it was compiled, and its weights by path', async () => {
  const file = (await openKerasFile(archive())) as KerasModelFile;
  expect(file).toMatchObject({ kind: 'keras', kerasVersion: '3.10.0', config, compileConfig: { optimizer: 'adam' } });
  expect(file.config).not.toHaveProperty('compile_config');
  expect(file.weights.layout).toBe('objects');
  expect(datasetsOf(file.weights.root).map(({ path, shape, dtype }) => `${path} ${dtype} [${shape}]`)).toEqual([
    'layers/bidirectional/forward_layer/cell/vars/0 float32 [2,5]',
    'layers/dense/vars/0 float32 [3,2]',
    'layers/dense/vars/1 float32 [2]',
    'layers/normalization/vars/0 float32 [2]',
    'layers/normalization/vars/2 int64 []',
  ]);
  expect([...(await datasetAt(file, 'layers/dense/vars/1').read())]).toEqual(values(1, 2));
  const vars = file.weights.root.groups.get('layers')?.groups.get('dense')?.groups.get('vars');
  expect(vars?.attributes.get('name')).toBe('dense_6');
  expect(vars?.path).toBe('layers/dense/vars');
});

it.each([
  ['deflated', { deflate: true }],
  ['zip64', { zip64: true }],
  ['sizes behind the data', { descriptors: true }],
  ['all three', { deflate: true, zip64: true, descriptors: true }],
  ['a comment', { comment: 'packed again' }],
])('a zip that someone packed again opens: %s', async (_, form) => {
  const file = await openKerasFile(writeZip(members, form));
  expect([...(await datasetAt(file, 'layers/dense/vars/0').read())]).toEqual(values(0, 6));
});

it('names with the separators of Windows are read as paths', async () => {
  const file = await openKerasFile(archive({ 'model.weights.h5': fixture('windows.weights.h5'), 'assets\\x': 'x' }));
  expect(datasetsOf(rootOf(file)).map(({ path }) => path)).toEqual([
    'layers/dense/vars/0',
    'layers/dense_1/vars/0',
    'layers/sequential/layers/dense/vars/0',
  ]);
});

it('members whose names are in a code page of Windows do no harm', async () => {
  const named = Buffer.from('assets/\xe4.txt', 'latin1');
  const zip = Buffer.from(archive({ 'assets/?.txt': 'x' }));
  for (let at = zip.indexOf('assets/?'); at >= 0; at = zip.indexOf('assets/?', at)) named.copy(zip, at);
  expect((await openKerasFile(zip)).kind).toBe('keras');
});

it('sharded weights are one tree, also where a layer is split', async () => {
  const index = {
    metadata: { total_size: 56 },
    weight_map: {
      '/layers/dense/vars': ['model_00000.weights.h5', 'model_00001.weights.h5'],
      '/layers/dense_1/vars': 'model_00001.weights.h5',
    },
  };
  const { 'model.weights.h5': _, ...others } = members;
  const zip = writeZip({
    ...others,
    'model.weights.json': JSON.stringify(index),
    'model_00000.weights.h5': fixture('sharded_00000.weights.h5'),
    'model_00001.weights.h5': fixture('sharded_00001.weights.h5'),
  });
  const file = await openKerasFile(zip);
  expect(datasetsOf(rootOf(file)).map(({ path }) => path)).toEqual([
    'layers/dense/vars/0',
    'layers/dense/vars/1',
    'layers/dense_1/vars/0',
  ]);
  expect([...(await datasetAt(file, 'layers/dense/vars/1').read())]).toEqual(values(1, 2));
});

it('a shard that is missing, or is no file beside the index, is refused by its name', async () => {
  const sharded = (name: unknown) =>
    writeZip({
      'config.json': JSON.stringify(config),
      'model.weights.json': JSON.stringify({ weight_map: { '/vars': name } }),
    });
  expect((await refusal(sharded('model_00000.weights.h5'))).place).toBe('model_00000.weights.h5, the zip');
  for (const name of ['../x.h5', '/etc/x.h5', 'https://elsewhere/x.h5', 'a\\b.h5', '..', 7, null, {}]) {
    expect((await refusal(sharded(name))).message).toContain('expected names of files beside the index');
  }
});

it('a config may have the NaN and Infinity of Python, and a compile_config that is no object', async () => {
  const text =
    '{"class_name": "X", "config": {"a": [NaN, -Infinity, Infinity], "b": "NaN, Infinity"}, "compile_config": 7}';
  const file = (await openKerasFile(archive({ 'config.json': text }))) as KerasModelFile;
  const inner = { a: [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY], b: 'NaN, Infinity' };
  expect(file).toMatchObject({ config: { class_name: 'X', config: inner }, compileConfig: undefined });
});

it.each([
  ['a SavedModel', { 'm/saved_model.pb': 'x', 'm/variables/variables.index': 'x' }, 'This is a SavedModel'],
  ['a zip of PyTorch', { 'archive/data.pkl': 'x' }, 'a file of PyTorch'],
  ['a model in a zip', { 'model.h5': 'x' }, 'Unpack the zip'],
  ['a folder in a zip', { 'model/config.json': '{}' }, 'without the folder'],
  ['any other zip', { 'a.txt': 'x', 'b.txt': 'y' }, 'Got a.txt and b.txt'],
  ['an empty zip', {}, 'Got no members'],
  ['a zip without weights', { 'config.json': '{}' }, 'expected model.weights.h5 or model.weights.json'],
  ['weights of NumPy', { 'config.json': '{}', 'model.weights.npz': 'x' }, 'as NumPy arrays'],
  ['no weights where they should be', { 'config.json': '{}', 'model.weights.h5': '<html>' }, 'an HTML or XML page'],
  ['a zip in place of weights', { 'config.json': '{}', 'model.weights.h5': 'PK\x03\x04' }, 'expected HDF5. Got zip'],
])('%s is refused with a way out', async (_, content, said) => {
  const error = await refusal(writeZip(content));
  expect(error.message).toContain(said);
  expect(error.problem).toBe(said.includes('NumPy') ? 'unsupported' : 'not-keras');
});

it('a member that is twice, damaged, encrypted or packed by another method is refused by its name', async () => {
  const twice = writeZipOf([...Object.entries(members), ['config.json', '{}']]);
  expect(await refusal(twice)).toMatchObject({ problem: 'damaged', place: 'config.json' });

  const flipped = writeZip(members);
  const at = indexOf(flipped, 'Sequential');
  flipped[at] = 0x54;
  expect(await refusal(flipped)).toMatchObject({ problem: 'damaged', place: 'config.json, its checksum' });

  const inDirectory = (offset: number, value: number) => {
    const zip = writeZip(members);
    zip[lastIndexOf(zip, 'config.json') - 46 + offset] = value;
    return zip;
  };
  expect(await refusal(inDirectory(8, 1))).toMatchObject({ problem: 'unsupported', place: 'config.json' });
  expect(await refusal(inDirectory(10, 93))).toMatchObject({
    problem: 'unsupported',
    place: 'config.json, its header',
  });
  expect((await refusal(inDirectory(46, 0x43))).message).toContain('expected the zip of a .keras file');
});

it('two headers of a member that differ are refused', async () => {
  const zip = writeZip(members);
  zip[indexOf(zip, 'config.json')] = 0x43;
  expect(await refusal(zip)).toMatchObject({ problem: 'damaged', place: 'config.json, its header' });
});

it('a zip that unfolds to more than it should is refused before it is unfolded', async () => {
  const bomb = writeZip({ ...members, 'config.json': `{"a":${' '.repeat(2 ** 20)}1}` }, { deflate: true });
  expect(await refusal(bomb, { maxBytes: 2 ** 20 })).toMatchObject({
    problem: 'too-large',
    place: 'config.json, its size',
  });
  expect((await openKerasFile(bomb, { maxBytes: 2 ** 21 })).kind).toBe('keras');
  // Nobody gives a limit: 64 MiB and 8 times the file.
  expect(await refusal(lying(24, 2 ** 26 + 2 ** 19))).toMatchObject({ problem: 'too-large' });
});

/** A deflated zip whose directory has another number at an offset of the entry of config.json. */
function lying(offset: number, value: number): Uint8Array {
  const zip = writeZip(members, { deflate: true });
  new DataView(zip.buffer).setUint32(lastIndexOf(zip, 'config.json') - 46 + offset, value, true);
  return zip;
}

it('sizes of members that lie are found out', async () => {
  const unpacked = 24;
  expect((await refusal(lying(unpacked, 40))).message).toContain('expected compressed data of 40 bytes. Got more');
  expect((await refusal(lying(unpacked, 400))).message).toContain('expected compressed data of 400 bytes. Got');
  expect((await refusal(lying(unpacked, 2 ** 24))).message).toContain('which cannot be so much');
  expect(await refusal(lying(20, 2 ** 20))).toMatchObject({ problem: 'cut-off', place: 'config.json, its data' });
  expect(await refusal(lying(42, 2 ** 30))).toMatchObject({ problem: 'damaged', place: 'config.json, its header' });
});

it('nothing is unfolded past the size that a member says', async () => {
  const noise = Buffer.from(Uint32Array.from({ length: 30_000 }, (_, i) => Math.imul(i, 2_654_435_761)).buffer);
  const zip = Buffer.from(writeZip({ ...members, 'config.json': new Uint8Array(noise) }, { deflate: true }));
  const entry = zip.lastIndexOf('config.json') - 46;
  zip.writeUInt32LE(10, entry + 24);
  // The data lack their end, which nobody came to see.
  zip.writeUInt32LE(zip.readUInt32LE(entry + 20) - 50, entry + 20);
  expect((await refusal(zip)).message).toContain('expected compressed data of 10 bytes. Got more');
});

it('a zip that is cut off is refused wherever it is cut', async () => {
  const zip = archive();
  for (let length = zip.length - 1; length > 3; length -= 97) {
    const error = await refusal(zip.slice(0, length));
    expect(error.problem).toBe('cut-off');
    expect(error.message).toContain('download or copy it again');
  }
});

function indexOf(bytes: Uint8Array, text: string): number {
  return Buffer.from(bytes.buffer).indexOf(text);
}

function lastIndexOf(bytes: Uint8Array, text: string): number {
  return Buffer.from(bytes.buffer).lastIndexOf(text);
}
