import { expect, it } from 'vitest';
import { Session } from '../../src/web/worker/session.ts';
import { smallMnist } from '../mnist-files.ts';

const files = [...smallMnist().packed].map(([name, bytes]) => new File([bytes as BlobPart], name));

it('the digits that were chosen last count, also where others are still being read', async () => {
  const session = new Session();
  const reading = session.useFiles(files);
  await session.useBuiltInDigits();
  expect(await reading).toEqual({ source: 'MNIST', train: 30, test: 20 });
  expect(await session.enlist([1])).toEqual({ source: 'built-in', train: 10_000, test: 2000 });
  await session.useFiles(files);
  expect((await session.enlist([2])).source).toBe('MNIST');
});
