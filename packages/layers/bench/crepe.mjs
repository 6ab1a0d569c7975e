/*
 * How long the six batch normalizations of crepe take on TensorFlow.js's wasm backend: the stock layers, and the same
 * after accelerate(). Each layer is called with what reaches it in the model; the two take turns.
 *
 *     npm run build && node --conditions=built packages/layers/bench/crepe.mjs [batch size] [rounds]
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@normkit/backend-wasm';

/** The stock model is loaded before @normkit/layers registers its classes. */
const [batchSize = 16, rounds = 50] = process.argv.slice(2).map(Number);
const folder = fileURLToPath(new URL('../../../../shared/models/', import.meta.url));
if (!existsSync(folder)) {
  console.error(`The model is not here: ${folder}`);
  process.exit(1);
}
await tf.setBackend('wasm');
const stock = await load();
const ours = await load();
const { accelerate } = await import('../dist/index.js');
accelerate(ours);

const frames = tf.randomNormal([batchSize, 1024]);
const models = [stock, ours];
const predictions = models.map((model) => model.predict(frames));
const difference = tf.max(tf.abs(tf.sub(...predictions))).dataSync()[0];
const parts = models.map((model) => normalizationsOf(model));
takeTurns(parts, 500);
const [before, after] = takeTurns(parts, rounds * 10);
const [modelBefore, modelAfter] = takeTurns(
  models.map((model) => () => model.predict(frames)),
  rounds,
);
console.log(
  `crepe, batch of ${batchSize}, wasm, medians of ${rounds} rounds; largest difference of the output ${difference}`,
);
console.log(
  `normalizations   stock ${before.toFixed(3)} ms   ours ${after.toFixed(3)} ms   ${(before / after).toFixed(2)} times as fast`,
);
console.log(`whole model      stock ${modelBefore.toFixed(1)} ms   ours ${modelAfter.toFixed(1)} ms`);

async function load() {
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(`${folder}crepe_batchnorm.layers.json`, 'utf8'));
  const shards = weightsManifest.flatMap(({ paths }) =>
    paths.map((path) => readFileSync(`${folder}crepe_weights/${path}`)),
  );
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  return tf.loadLayersModel(
    tf.io.fromMemory({ modelTopology, weightSpecs, weightData: new Uint8Array(Buffer.concat(shards)).buffer }),
  );
}

/** Calls each normalization of the model with its own input. */
function normalizationsOf(model) {
  const layers = model.layers.filter((layer) => layer.getClassName() === 'BatchNormalization');
  const inputs = tf.model({ inputs: model.inputs, outputs: layers.map(({ input }) => input) }).predict(frames);
  return () => {
    for (const [index, layer] of layers.entries()) layer.apply(inputs[index]);
  };
}

/** The median of each run's times in milliseconds, one after the other in each round. */
function takeTurns(runs, count) {
  const times = runs.map(() => []);
  for (let round = 0; round < count; round += 1) {
    for (const [index, run] of runs.entries()) {
      const start = performance.now();
      tf.tidy(() => void run());
      times[index].push(performance.now() - start);
    }
  }
  return times.map(median);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
