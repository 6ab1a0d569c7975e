import { readdirSync, readFileSync } from 'node:fs';
import * as layers from '@normkit/layers';
import { expect, it } from 'vitest';

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

it('no backend is named in the source of layers', () => {
  const root = new URL('../src/', import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(20);
  const code = files
    .map((file) => readFileSync(new URL(file, root), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''))
    .join('\n');
  expect(code.match(/['"`](cpu|wasm|webgpu|webgl|node|tensorflow)['"`]|backend-(cpu|wasm|webgpu)/g)).toBeNull();
});
