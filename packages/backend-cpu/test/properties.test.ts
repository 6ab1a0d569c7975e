import '@normkit/backend-cpu';
import { describeNormProperties } from '../../core/test/norm-properties.ts';

describeNormProperties('cpu', 1e-6);
