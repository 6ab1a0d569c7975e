import * as api from '@normkit/keras';
import { expect, it } from 'vitest';

it('the public API is this, and nothing else', () => {
  expect(Object.keys(api).sort()).toEqual(['KerasFileError', 'openKerasFile']);
});
