import '@normkit/backend-cpu';
import { readdirSync, readFileSync } from 'node:fs';
import { loadKerasModel } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { mutate, randomBy } from './mutations.ts';

beforeAll(() => tf.setBackend('cpu'));

type Artifacts = Record<string, unknown> & { weightSpecs: unknown[]; weightData: ArrayBuffer };

const corpus = readdirSync(new URL('corpus/', import.meta.url)).map((name) => ({
  name,
  text: readFileSync(new URL(`corpus/${name}`, import.meta.url), 'utf8'),
}));
/** A long round by hand: `NORMKIT_FUZZ=20000 npx vitest run test/hostile-files.test.ts`. */
const rounds = Number(process.env['NORMKIT_FUZZ'] ?? 300);

function artifactsOf(text: string): Artifacts {
  const { weightData, ...rest } = JSON.parse(text) as Record<string, unknown> & {
    weightSpecs: unknown[];
    weightData: string;
  };
  return { ...rest, weightData: new Uint8Array(Buffer.from(weightData, 'base64')).buffer };
}

const variables = () => new Set(Object.keys(tf.engine().state.registeredVariables));
const from = (artifacts: unknown) => ({ load: () => Promise.resolve(artifacts as tf.io.ModelArtifacts) });
const loaded = (artifacts: unknown) =>
  loadKerasModel(from(artifacts)).then(
    (model) => ({ model }),
    (error: Error) => ({ error }),
  );

/** Gives up whatever is new: TensorFlow.js leaves the weights of a layer that is called twice. */
function discard(before: ReadonlySet<string>): void {
  for (const [name, variable] of Object.entries(tf.engine().state.registeredVariables)) {
    if (!before.has(name)) variable.dispose();
  }
}

/** The values of the weights of a file, and of a model, in whatever order. */
const valuesIn = (model: tf.LayersModel) =>
  model
    .getWeights()
    .map((weight) => Array.from(weight.dataSync()).join())
    .sort();

describe.each(corpus)('$name', ({ text }) => {
  it('loads, and predicts finite numbers', async () => {
    const { model, error } = (await loaded(artifactsOf(text))) as { model?: tf.LayersModel; error?: Error };
    expect(error).toBeUndefined();
    const y = model?.predict(model.inputs.map(({ shape }) => tf.ones(shape.map((extent) => extent ?? 2)))) as tf.Tensor;
    expect([...y.dataSync()].every(Number.isFinite)).toBe(true);
  });

  it('changed in one place to three, loads right or throws a NormkitError, in time, and leaves nothing', {
    timeout: 600_000,
  }, async () => {
    const original = artifactsOf(text);
    const right = valuesIn(((await loaded(original)) as { model: tf.LayersModel }).model);
    for (let seed = 0; seed < rounds; seed++) {
      const random = randomBy(seed);
      const artifacts = artifactsOf(text);
      const what: string[] = [];
      for (let change = 0; change <= Math.floor(random() * 3); change++) what.push(mutate(artifacts, random));
      const before = { names: variables(), tensors: tf.memory().numTensors };
      const start = performance.now();
      const { model, error } = (await loaded(artifacts)) as { model?: tf.LayersModel; error?: Error };
      const took = performance.now() - start;
      const where = `seed ${seed}: ${what.join('; ')}`;
      expect(took, `${where} took ${took} ms`).toBeLessThan(5000);
      if (error) {
        expect(`${error.name}: ${error.message}`, `${where}\n${error.stack}`).toMatch(/^NormkitError: \[normkit\] /);
        expect(error.message.length, `${where}: ${error.message.slice(0, 300)}`).toBeLessThan(2000);
        expect(tf.memory().numTensors, where).toBe(before.tensors);
        expect(variables(), where).toEqual(before.names);
      } else if (model) {
        expect(model.outputs.length, where).toBeGreaterThan(0);
        const isUntouched =
          JSON.stringify(artifacts.weightSpecs) === JSON.stringify(original.weightSpecs) &&
          artifacts.weightData.byteLength === original.weightData.byteLength;
        if (isUntouched && model.getWeights().length === right.length) expect(valuesIn(model), where).toEqual(right);
        model.optimizer?.dispose();
        discard(before.names);
      }
    }
  });
});
