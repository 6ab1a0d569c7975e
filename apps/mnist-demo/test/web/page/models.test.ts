import '@normkit/layers';
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import type { Download, Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { gzipBomb } from '../../gzip-bomb.ts';
import { smallMnist } from '../../mnist-files.ts';
import { done, numberIn, ready, train, trainAndPause, useChromium } from './open-page.ts';

const open = useChromium();

describe('models', () => {
  it('are kept in the browser in mid-training, and go on after a reload as if nothing had been', async () => {
    const hash = '#norms=group&samples=1600';
    const whole = await open(hash);
    await train(whole);

    const page = await open(hash);
    await trainAndPause(page, 0.3);
    await keepAndReload(page, 'group');
    await page.locator('#runs tr[data-status=paused]').waitFor();
    await page.getByRole('button', { name: 'Continue Group, batch 32' }).click();
    await done(page);
    // Adam's powers of beta are computed anew, in another order: hence not the same to the last digit.
    expect(await numberIn(page, 'Loss')).toBeCloseTo(await numberIn(whole, 'Loss'), 1);
    expect(Math.abs((await numberIn(page, 'Test')) - (await numberIn(whole, 'Test')))).toBeLessThan(2);

    await page
      .locator('#kept')
      .getByRole('button', { name: /^Remove group/ })
      .click();
    await page.locator('#kept li').waitFor({ state: 'detached' });
  });

  it('are downloaded as TensorFlow.js reads them, and opened again', async () => {
    const page = await open('#norms=batch&samples=320&optimizer=momentum');
    await train(page);
    const [json, weights] = await downloads(page, () => page.click('#download'));
    const [jsonText, bytes] = [await readFile(await json.path(), 'utf8'), await readFile(await weights.path())];
    expect([json, weights].map((file) => file.suggestedFilename())).toEqual([
      'normkit-batch.json',
      'normkit-batch.weights.bin',
    ]);
    const specs = JSON.parse(jsonText).weightsManifest[0].weights;
    const model = await tf.loadLayersModel(
      tf.io.fromMemory(tf.io.getModelArtifactsForJSONSync(JSON.parse(jsonText), specs, new Uint8Array(bytes).buffer)),
    );
    expect(model.layers.map((layer) => layer.getClassName())).toContain('BatchNormalization');

    await page.setInputFiles('#upload', [await named(json), await named(weights)]);
    await page.locator('#model-status', { hasText: 'Loaded Batch, batch 32, Momentum.' }).waitFor();
    await done(page, 2);
    await page.locator('#answer', { hasText: 'It reads' }).waitFor();
    await page.reload();
    await ready(page);
    await page.setInputFiles('#upload', [await named(json), await named(weights)]);
    await page.locator('#activations svg').first().waitFor();
    expect(await page.locator('#times .value').textContent()).toMatch(/^(?!0 )[\d.]+ of [\d.]+ ms$/);

    const short = { name: 'x.bin', mimeType: '', buffer: bytes.subarray(0, 1000) };
    await page.setInputFiles('#upload', [await named(json), short]);
    await page.locator('#model-status', { hasText: 'the file has 1000' }).waitFor();
    await page.setInputFiles('#upload', [{ name: 'a.json', mimeType: '', buffer: Buffer.from('{}') }, short]);
    await page.locator('#model-status', { hasText: 'no layers or no weights' }).waitFor();
    const nan = { name: 'x.bin', mimeType: '', buffer: Buffer.alloc(bytes.length, 0xff) };
    await page.setInputFiles('#upload', [await named(json), nan]);
    await page
      .locator('#model-status', { hasText: 'normkit-batch.json: Expected finite numbers, found NaN' })
      .waitFor();
    expect(await page.textContent('#answer')).toContain('It reads');
  });
});

it('a kept model that another program of the site has written over is listed, refused by name and removed', async () => {
  const page = await open('#norms=none&samples=64');
  await train(page);
  await page.click('#keep');
  await page.locator('#kept li').waitFor();
  await page.evaluate(overwriteKept);
  await page.reload();
  await ready(page);
  await page.getByRole('button', { name: /^Load none/ }).click();
  await page.locator('#model-status', { hasText: /"none .*" is of no use, remove it: Expected a model/ }).waitFor();
  await page.getByRole('button', { name: /^Remove none/ }).click();
  await page.locator('#kept li').waitFor({ state: 'detached' });
});

it('training that ends in NaN, as with a forged optimizer, draws nothing around the norm', async () => {
  const page = await open('#norms=group&samples=64&optimizer=momentum&learningRate=1');
  await train(page);
  const [json, weights] = await downloads(page, () => page.click('#download'));
  const forged = await readFile(await weights.path());
  // The weights come first, then the number of steps and a memory of each weight: the convolution's next step is beyond float32.
  const memory = forged.length / 2 + 2;
  for (let number = 0; number < 90; number++) forged.writeFloatLE(3.3e38, memory + 4 * number);
  await page.setInputFiles('#upload', [await named(json), { name: 'x.bin', mimeType: '', buffer: forged }]);
  await done(page, 2);
  await page.getByRole('button', { name: '+1 epoch of Group' }).last().click();
  await page.locator('#activations .empty').waitFor();
  await done(page, 2);
});

it('trains on files of MNIST from the disk, and says what is wrong with others', async () => {
  const page = await open('#norms=none&samples=32&batchSize=8');
  const { packed } = smallMnist();
  const files = [...packed].map(([name, bytes]) => ({ name, mimeType: '', buffer: Buffer.from(bytes) }));
  await page.getByRole('radio', { name: 'MNIST from disk' }).check();
  expect(await page.isEnabled('#train')).toBe(false);
  await page.setInputFiles('#files', files.slice(1));
  await page.locator('#data-info', { hasText: 'Pick all four files of MNIST: train-images-idx3-ubyte' }).waitFor();
  await page.setInputFiles('#files', [
    { ...(files[0] as (typeof files)[0]), buffer: Buffer.from('?') },
    ...files.slice(1),
  ]);
  await page.locator('#data-info', { hasText: 'train-images-idx3-ubyte.gz: expected' }).waitFor();
  const bomb = { name: 'train-images-idx3-ubyte.gz', mimeType: '', buffer: await gzipBomb(60_000) };
  await page.setInputFiles('#files', [bomb, ...files.slice(1)]);
  await page.locator('#data-info', { hasText: 'promises 47040000 bytes of data, the file has more' }).waitFor();
  await page.setInputFiles('#files', files);
  await page.locator('#data-info', { hasText: 'MNIST: 30 to train on, 20 to test with.' }).waitFor();
  await train(page);
});

describe('a run keeps the digits that it began with', () => {
  it('when others are chosen while it waits, which its row names; and what is asked for now comes first', async () => {
    const page = await open('#norms=rms,none&samples=960');
    await trainAndPause(page, 0.2);
    await chooseMnist(page);
    await page.getByRole('checkbox', { name: 'RMS' }).uncheck();
    await page.click('#train');
    await page.locator('#runs tr >> nth=2').and(page.locator('[data-status=done]')).waitFor();
    await page.getByRole('button', { name: 'Continue RMS, batch 32' }).click();
    await done(page, 3);
    expect(await page.locator('#runs tr .run small').allTextContents()).toEqual([
      'WebAssembly, Pictures 960, Built-in digits',
      'WebAssembly, Pictures 960, Built-in digits',
      'WebAssembly, Pictures 30, MNIST',
    ]);
  });

  it('and a model that was kept does not go on with others: they are asked for by name', async () => {
    const page = await open('#norms=none&samples=30');
    await chooseMnist(page);
    await train(page);
    await keepAndReload(page, 'none');
    await done(page);
    await page.getByRole('button', { name: '+1 epoch of None, batch 32' }).click();
    expect(await page.textContent('#status')).toBe(
      'None, batch 32 was trained on other digits: choose MNIST (30 to train on), then continue.',
    );
    expect(await page.locator('#runs tr[data-status=done]').count()).toBe(1);
    await chooseMnist(page);
    await page.getByRole('button', { name: '+1 epoch of None, batch 32' }).click();
    await page.locator('#status', { hasText: 'None, batch 32 is done' }).waitFor();
  });
});

async function chooseMnist(page: Page): Promise<void> {
  const files = [...smallMnist().packed].map(([name, bytes]) => ({ name, mimeType: '', buffer: Buffer.from(bytes) }));
  await page.getByRole('radio', { name: 'MNIST from disk' }).check();
  await page.setInputFiles('#files', files);
  await page.locator('#data-info', { hasText: 'MNIST: 30 to train on, 20 to test with.' }).waitFor();
}

async function downloads(page: Page, act: () => Promise<void>): Promise<[Download, Download]> {
  const files: Download[] = [];
  page.on('download', (file) => files.push(file));
  await act();
  await expect.poll(() => files.length).toBe(2);
  return files as [Download, Download];
}

async function named(file: Download) {
  return { name: file.suggestedFilename(), mimeType: '', buffer: await readFile(await file.path()) };
}

/** Keeps the model in the browser, and loads it again when the page has been, too. */
async function keepAndReload(page: Page, norm: string): Promise<void> {
  await page.click('#keep');
  await page.locator('#kept li').waitFor();
  await page.reload();
  await ready(page);
  await page
    .locator('#kept')
    .getByRole('button', { name: new RegExp(`^Load ${norm}`) })
    .click();
}

/** In the page: leaves the names of what is kept, and nothing of what is known of them. */
function overwriteKept(): Promise<void> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('tensorflowjs');
    opening.onerror = reject;
    opening.onsuccess = () => {
      const change = opening.result.transaction(['models_store', 'model_info_store'], 'readwrite');
      for (const name of ['models_store', 'model_info_store']) {
        const store = change.objectStore(name);
        store.getAllKeys().onsuccess = ({ target }) => {
          for (const modelPath of (target as IDBRequest<IDBValidKey[]>).result)
            store.put({ modelPath, modelArtifacts: { weightData: 1 } });
        };
      }
      change.oncomplete = () => {
        opening.result.close();
        resolve();
      };
    };
  });
}
