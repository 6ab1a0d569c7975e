import '@normkit/backend-cpu';
import '@normkit/backend-wasm';
import { askOracle, normCases, ulps, valuesOf } from '@normkit/core/conformance';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { applyNorm, parameterTensors } from '../../core/src/conformance/check.ts';
import { openWasm } from './open-wasm.ts';

it('cpu and wasm agree within 2 ulp, in every case', async () => {
  await openWasm();
  for (const normCase of normCases()) {
    const values = valuesOf(normCase);
    const results: Float32Array[][] = [];
    for (const backend of ['cpu', 'wasm']) {
      await tf.setBackend(backend);
      const run = () => {
        const { layout, epsilon } = normCase;
        const shape = [...layout.shape];
        const { value, grads } = tf.valueAndGrads((x: tf.Tensor) =>
          applyNorm(layout, epsilon, x, parameterTensors(layout, values)),
        )([tf.tensor(values.x, shape)], tf.tensor(values.dy, shape));
        return [value, ...grads];
      };
      results.push(tf.tidy(() => run().map((tensor) => tensor.dataSync() as Float32Array)));
    }
    const [cpu, wasm] = results as [Float32Array[], Float32Array[]];
    const { dxScale } = askOracle({ ...normCase.layout, epsilon: normCase.epsilon, ...values });
    for (const [output, expected] of cpu.entries()) {
      for (const [index, value] of expected.entries()) {
        const received = wasm[output]?.[index] ?? Number.NaN;
        // A gradient that cancels to nothing keeps only what float64 sums in different orders leave.
        const residue = output === 0 ? 0 : 1e-13 * (dxScale[index] ?? 0);
        if (ulps(received, value) > 2 && !(Math.abs(received - value) <= residue)) {
          const distance = ulps(received, value);
          expect.fail(
            `${normCase.name}: ${output === 0 ? 'y' : 'dx'}[${index}] is ${value} on cpu, ${received} on wasm: ${distance} ulp`,
          );
        }
      }
    }
  }
});
