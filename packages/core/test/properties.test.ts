import '@tensorflow/tfjs';
import { describeNormProperties } from './norm-properties.ts';

describeNormProperties('cpu', 1e-5);
