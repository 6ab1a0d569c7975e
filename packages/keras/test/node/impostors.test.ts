import { openKerasFile } from '@normkit/keras';
import { expect, it } from 'vitest';
import { fixture, refusal } from '../fixtures.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

it.each([
  ['nothing', new Uint8Array(0), 'an empty file'],
  ['a git-lfs pointer', bytes('version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n'), 'git lfs pull'],
  ['the page of a 404', bytes('\n<!DOCTYPE html>\n<html>'), 'an HTML or XML page'],
  ['the XML of a store', bytes('<?xml version="1.0"?><Error><Code>AccessDenied'), 'an HTML or XML page'],
  ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), 'a gzip file'],
  ['a pickle', Uint8Array.of(0x80, 4, 0x95), 'a pickle of Python'],
  ['saved_model.pb', Uint8Array.of(8, 1, 0x12, 0xa0), 'SavedModel'],
  ['TensorFlow Lite', bytes('\x1c\0\0\0TFL3'), 'a TensorFlow Lite model'],
  ['safetensors', bytes('\x3c\x01\0\0\0\0\0\0{"weight":{}}'), 'a safetensors file'],
  ['anything else', Uint8Array.of(0, 1, 2, 255), 'bytes that begin with 00 01 02 ff'],
])('%s is recognised, and refused with what to do', async (_, source, said) => {
  const error = await refusal(source);
  expect(error).toMatchObject({ problem: 'not-keras', place: 'the first bytes', op: 'openKerasFile' });
  expect(error.message).toContain(said);
  expect(error.message).toContain("expected what Keras saved: .keras (a zip), .h5 (HDF5) or a model's JSON");
});

it.each([
  ['JSON of something else', '{"name": "x", "version": 1}', 'expected a config with class_name and config'],
  ['a graph model', '{"format": "graph-model", "modelTopology": {"node": []}}', 'tf.loadGraphModel'],
  ['JSON that is cut off', '{"class_name": "Seq', 'the parser says'],
  ['JSON of ten thousand levels', `{"a":${'['.repeat(10_000)}`, 'more than 256 levels'],
  ['a shard index without a map', '{"weight_map": {"a": 1}}', 'Give its URL or path'],
])('%s is refused', async (_, text, said) => {
  expect((await refusal(bytes(text))).message).toContain(said);
});

it('text that is no UTF-8 is refused', async () => {
  expect((await refusal(Uint8Array.of(0x7b, 0xff, 0xfe))).message).toContain('expected UTF-8');
});

it('the name says nothing: HDF5 in a Blob called model.keras opens', async () => {
  const blob = new Blob([fixture('legacy.h5') as Uint8Array<ArrayBuffer>], { type: 'application/zip' });
  expect((await openKerasFile(blob)).kind).toBe('h5');
});

it('messages stay short and on one line, whatever names a file has', async () => {
  const error = await refusal(bytes(`{"${'x\\n'.repeat(50_000)}": 1}`));
  expect(error.message.length).toBeLessThan(2000);
});
