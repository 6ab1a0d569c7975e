import * as conformance from '@normkit/conformance';
import * as load from '@normkit/conformance/load';
import * as random from '@normkit/conformance/random';
import { expect, it } from 'vitest';

it('the public API of the conformance package is this, and nothing else', () => {
  expect([conformance, load, random].map((entry) => Object.keys(entry).sort())).toMatchInlineSnapshot(`
    [
      [
        "addTestedNorm",
        "applyNorm",
        "askOracle",
        "checkNormCase",
        "coreLayouts",
        "describeFarNumbers",
        "describeNormKernels",
        "describeProperties",
        "describeVectors",
        "faults",
        "firstDifference",
        "normCase",
        "normCases",
        "parameterShape",
        "parameterTensors",
        "plainKernels",
        "right",
        "testedNorm",
        "testedNorms",
        "tolerances",
        "ulps",
        "valuesOf",
      ],
      [
        "loadVectors",
      ],
      [
        "describeRandomNorms",
      ],
    ]
  `);
});
