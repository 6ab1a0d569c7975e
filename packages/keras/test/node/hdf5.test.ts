import { type KerasModelFile, openKerasFile } from '@normkit/keras';
import { expect, it } from 'vitest';
import { datasetAt, datasetsOf, fixture, refusal, rootOf, values } from '../fixtures.ts';

it('a whole model in .h5 gives its config, its training and its weights by layers', async () => {
  const file = (await openKerasFile(fixture('legacy.h5'))) as KerasModelFile;
  expect(file).toMatchObject({ kind: 'h5', kerasVersion: '2.11.0', compileConfig: { loss: 'mse', metrics: null } });
  expect(file.config).toMatchObject({ class_name: 'Sequential', config: { layers: [{}, { class_name: 'Dense' }] } });
  expect(file.weights.layout).toBe('layers');
  expect(file.weights.root.path).toBe('model_weights');
  expect(datasetsOf(file.weights.root).map(({ path }) => path)).toEqual([
    'model_weights/dense/dense/bias:0',
    'model_weights/dense/dense/kernel:0',
  ]);
  const kernel = datasetAt(file, 'model_weights/dense/dense/kernel:0');
  expect(kernel).toMatchObject({ dtype: 'float32', shape: [3, 2] });
  expect([...(await kernel.read())]).toEqual(values(1, 6));
});

it('names come without the zeros that fill them up, and no weights are an empty list', async () => {
  const root = rootOf(await openKerasFile(fixture('legacy.h5')));
  expect(root.attributes.get('layer_names')).toEqual(['input_1', 'dense']);
  expect(root.groups.get('input_1')?.attributes.get('weight_names')).toEqual([]);
  expect(root.groups.get('dense')?.attributes.get('weight_names')).toEqual(['dense/kernel:0', 'dense/bias:0']);
});

it('names that are split over attributes come as one list, in bare weights with a layer called metrics', async () => {
  const file = await openKerasFile(fixture('legacy-split.weights.h5'));
  expect(file).toMatchObject({ kind: 'weights', kerasVersion: '2.11.0', weights: { layout: 'layers' } });
  expect([...rootOf(file).attributes]).toEqual([
    ['keras_version', '2.11.0'],
    ['backend', 'tensorflow'],
    ['layer_names', ['input_1', 'dense', 'metrics']],
  ]);
  expect([...(await datasetAt(file, 'metrics/metrics/kernel:0').read())]).toEqual(values(2, 6));
});

it('bare weights of Keras 3 have neither config nor version', async () => {
  const file = await openKerasFile(fixture('objects.weights.h5'));
  expect(file).toMatchObject({ kind: 'weights', kerasVersion: undefined, weights: { layout: 'objects' } });
  expect([...(await datasetAt(file, 'layers/normalization/vars/2').read())]).toEqual([7n]);
});

it('each dtype of weights is read', async () => {
  const file = await openKerasFile(fixture('dtypes.weights.h5'));
  const read: Record<string, unknown> = {};
  for (const { path, dtype, read: values } of datasetsOf(rootOf(file))) {
    if (dtype !== 'other') read[path.slice(5)] = { dtype, values: [...(await values())] };
  }
  const [signed, unsigned] = [
    [-1, 0, 1, 2, 3, 4],
    [1, 2, 3, 4],
  ];
  expect(read).toEqual({
    '>f4': { dtype: 'float32', values: signed },
    '>i2': { dtype: 'int16', values: signed },
    bfloat16: { dtype: 'bfloat16', values: [1, -2.5, Number.POSITIVE_INFINITY] },
    bool: { dtype: 'bool', values: [1, 0] },
    f2: { dtype: 'float16', values: signed },
    f4: { dtype: 'float32', values: signed },
    f8: { dtype: 'float64', values: signed },
    float16: {
      dtype: 'float16',
      values: [0, 1, -2.5, 65504, 2 ** -24, Number.POSITIVE_INFINITY, Number.NaN],
    },
    i1: { dtype: 'int8', values: signed },
    i2: { dtype: 'int16', values: signed },
    i4: { dtype: 'int32', values: signed },
    i8: { dtype: 'int64', values: signed.map(BigInt) },
    none: { dtype: 'float32', values: [] },
    u1: { dtype: 'uint8', values: unsigned },
    u2: { dtype: 'uint16', values: unsigned },
    u4: { dtype: 'uint32', values: unsigned },
    u8: { dtype: 'uint64', values: unsigned.map(BigInt) },
  });
  const text = datasetAt(file, 'vars/text');
  expect(text.dtype).toBe('other');
  await expect(text.read()).rejects.toMatchObject({ name: 'KerasFileError', problem: 'unsupported' });
});

it('values lie anywhere in the bytes given, and may be read twice', async () => {
  const bytes = fixture('objects.weights.h5');
  const shifted = new Uint8Array(bytes.length + 9).subarray(9);
  shifted.set(bytes);
  const dataset = datasetAt(await openKerasFile(shifted), 'layers/dense/vars/0');
  expect([...(await dataset.read())]).toEqual(values(0, 6));
  expect([...(await dataset.read())]).toEqual(values(0, 6));
});

it.each(['plain', 'gzip', 'shuffled', 'checked'])('an array in chunks is put together: %s', async (name) => {
  const dataset = datasetAt(await openKerasFile(fixture('chunks.weights.h5')), `vars/${name}`);
  expect(dataset.shape).toEqual([5, 7, 3]);
  expect([...(await dataset.read())]).toEqual(values(['plain', 'gzip', 'shuffled', 'checked'].indexOf(name), 105));
});

it("what h5py's libver='latest' and a block of the user's own make of small files opens", async () => {
  const latest = await openKerasFile(fixture('latest.weights.h5'));
  expect(rootOf(latest).groups.get('vars')?.attributes.get('name')).toBe('dense');
  expect([...(await datasetAt(latest, 'vars/0').read())]).toEqual(values(0, 6));
  expect([...(await datasetAt(latest, 'vars/1').read())]).toEqual(values(1, 143));
  const behind = await openKerasFile(fixture('user-block.weights.h5'));
  expect([...(await datasetAt(behind, 'vars/0').read())]).toEqual(values(0, 143));
});

it.each([
  ['refused-lzf.h5', 'unsupported', 'vars/0', 'the compression LZF'],
  ['refused-chunk-index.h5', 'unsupported', 'vars/0', 'chunks in an index'],
  ['refused-soft-link.h5', 'unsupported', 'layers', 'a soft link'],
  ['refused-hard-link.h5', 'damaged', 'layers/dense/again', 'in several groups, or in itself'],
  ['refused-attributes.h5', 'unsupported', 'vars', 'attributes in the dense form'],
  ['refused-groups.h5', 'unsupported', 'the root', 'a group in the dense form'],
  ['refused-unwritten.h5', 'unsupported', 'vars/0', 'an array without values'],
  ['no-keras.h5', 'not-keras', 'the root', "Got 'measured': this HDF5 file was not saved by Keras"],
])('%s is refused where it says so', async (name, problem, place, said) => {
  const error = await refusal(fixture(name));
  expect(error.problem).toBe(problem);
  expect(error.place).toContain(place);
  expect(error.message).toContain(said);
});

it('an HDF5 file that is cut off is refused wherever it is cut', async () => {
  const bytes = fixture('legacy.h5');
  for (let length = bytes.length - 1; length > 8; length -= 61) {
    expect((await refusal(bytes.slice(0, length))).problem).toBe('cut-off');
  }
});
