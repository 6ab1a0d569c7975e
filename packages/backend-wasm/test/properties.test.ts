import '@normkit/backend-wasm';
import { describeNormProperties } from '../../core/test/norm-properties.ts';
import { openWasm } from './open-wasm.ts';

await openWasm();
describeNormProperties('wasm', 1e-6);
