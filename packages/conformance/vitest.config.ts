import shared from '../../vitest.shared.ts';

export default { ...shared, test: { ...shared.test, globalSetup: ['../../vitest.vectors.ts'] } };
