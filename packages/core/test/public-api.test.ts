import { readdirSync, readFileSync } from 'node:fs';
import * as core from '@normkit/core';
import * as checks from '@normkit/core/checks';
import * as devices from '@normkit/core/devices';
import * as errors from '@normkit/core/errors';
import { expect, it } from 'vitest';

it('the public API of core is this, and nothing else', () => {
  expect(Object.keys(core).sort()).toMatchInlineSnapshot(`
    [
      "NormkitError",
      "batchNorm",
      "batchNormWithStats",
      "defineNorm",
      "definitions",
      "explain",
      "explainNorm",
      "factLines",
      "groupNorm",
      "instanceNorm",
      "kernelNames",
      "layerNorm",
      "normTraits",
      "precisions",
      "registerNormKernels",
      "rmsNorm",
      "segmentCount",
      "segmentOf",
      "segmentSize",
      "statsRows",
      "viewOf",
      "walkOf",
    ]
  `);
  expect(Object.keys(devices).sort()).toEqual(['hasDevices', 'lossOfDevice', 'watchDevices']);
  expect(Object.keys(errors).sort()).toEqual(['NormkitError', 'listText', 'shapeText', 'shortText', 'valueText']);
  expect(Object.keys(checks).sort()).toMatchInlineSnapshot(`
    [
      "checkAxes",
      "checkAxis",
      "checkChannelAxis",
      "checkEpsilon",
      "checkGroups",
      "checkMask",
      "checkOptions",
      "checkParameter",
      "checkShape",
      "checkStatistic",
      "checkTensor",
      "faultyChannel",
      "inspectStatistic",
      "listText",
      "shapeText",
      "shortText",
      "trustStatistic",
      "valueText",
    ]
  `);
});

it('no backend is named in the source of core', () => {
  const root = new URL('../src/', import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(10);
  // Comments may show an example; code may not name one.
  const code = files
    .map((file) => readFileSync(new URL(file, root), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''))
    .join('\n');
  expect(code.match(/['"`](cpu|wasm|webgpu|webgl|node|tensorflow)['"`]/g)).toBeNull();
});
