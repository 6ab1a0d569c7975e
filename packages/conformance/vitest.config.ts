import { defaultExclude } from 'vitest/config';
import shared from '../../vitest.shared.ts';

// Whether wrong kernels fail the suite is the same on the built package, and takes half of the time.
const once = process.env['NORMKIT_DIST'] ? ['test/wrong-kernels.test.ts'] : [];

export default {
  ...shared,
  test: { ...shared.test, exclude: [...defaultExclude, ...once], globalSetup: ['../../vitest.vectors.ts'] },
};
