import { readdirSync, readFileSync } from 'node:fs';
import { definitions, type NormLike } from '@normkit/core';
import * as layers from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import type { LayerFacts } from '../src/registry/layer-class.ts';

it('the public API of layers is this, and nothing else', () => {
  expect(Object.keys(layers).sort()).toMatchInlineSnapshot(`
    [
      "BatchNormalization",
      "ContribInstanceNormalization",
      "FilterResponseNormalization",
      "FrozenBatchNormalization",
      "GroupNormalization",
      "InstanceNormalization",
      "LayerNormGRUCell",
      "LayerNormLSTMCell",
      "LayerNormSimpleRNNCell",
      "LayerNormalization",
      "Normalization",
      "NormkitError",
      "RMSNormalization",
      "SpectralNormalization",
      "UnitNormalization",
      "WeightNormalization",
      "accelerate",
      "batchNormalization",
      "convertKerasConfig",
      "coveredNames",
      "describeNormalization",
      "filterResponseNormalization",
      "foldBatchNorm",
      "fromTorch",
      "groupNormalization",
      "inspectNormalization",
      "instanceNormalization",
      "layerNormGRUCell",
      "layerNormLSTMCell",
      "layerNormSimpleRNNCell",
      "layerNormalization",
      "loadKerasModel",
      "normalization",
      "recomputeMovingStatistics",
      "rmsNormalization",
      "spectralNormalization",
      "toTorch",
      "unitNormalization",
      "weightNormalization",
    ]
  `);
});

const layerClasses = Object.values(layers as unknown as Record<string, unknown>).filter(
  (one): one is typeof tf.layers.Layer & { className: string } & LayerFacts =>
    typeof one === 'function' && one.prototype instanceof tf.layers.Layer,
);

it('every exported layer class is registered, so that models load and are described', () => {
  expect(layerClasses.length).toBeGreaterThan(10);
  const names = layerClasses.map(({ className }) => className);
  expect(names.filter((name) => !layers.coveredNames.includes(name))).toEqual([]);
});

it('every norm of core has a layer', () => {
  const meanings = layerClasses.map((cls) => cls.meaning({ layer: { name: 'wrapped' } } as never));
  const kinds = meanings.flatMap((meaning) => (typeof meaning === 'string' ? [] : [nameOf(meaning.norm)]));
  expect(definitions.map(({ name }) => name).filter((name) => !kinds.includes(name))).toEqual([]);
});

function nameOf(norm: NormLike): string {
  return typeof norm === 'string' ? norm : norm.definition.name;
}

it('no backend is named in the source of layers', () => {
  const root = new URL('../src/', import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(20);
  const code = files
    .map((file) => readFileSync(new URL(file, root), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''))
    .join('\n');
  expect(code.match(/['"`](cpu|wasm|webgpu|webgl|node|tensorflow)['"`]|backend-(cpu|wasm|webgpu)/g)).toBeNull();
});
