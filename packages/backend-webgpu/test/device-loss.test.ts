import { onDeviceLost } from '@normkit/backend-webgpu';
import { lossOfDevice } from '@normkit/core/devices';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { openFresh, webgpu } from './open-webgpu.ts';

beforeEach(openFresh);

/** When all that waits for something that has happened has run. */
const afterTasks = () => new Promise((resolve) => setTimeout(resolve));

describe('onDeviceLost', () => {
  it('tells why the device is gone, until it is ended', async () => {
    const told: string[] = [];
    const end = onDeviceLost(({ reason }) => told.push(reason));
    webgpu().device.destroy();
    await webgpu().device.lost;
    await afterTasks();
    expect(told).toEqual(['destroyed']);
    await openFresh();
    end();
    webgpu().device.destroy();
    await webgpu().device.lost;
    await afterTasks();
    expect(told).toEqual(['destroyed']);
  });

  it('is known of a backend by its name, to whoever goes on after it', async () => {
    const loss = lossOfDevice('webgpu', tf.backend());
    webgpu().device.destroy();
    expect(await loss).toMatchObject({ reason: 'destroyed' });
    const never = lossOfDevice('cpu', tf.findBackend('cpu'));
    expect(await Promise.race([never, afterTasks().then(() => 'no loss')])).toBe('no loss');
  });
});
