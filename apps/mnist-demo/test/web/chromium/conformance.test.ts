import { useBackend } from '../../../src/web/worker/backends.ts';
import { describeSameLosses } from '../../same-losses.ts';

describeSameLosses({ name: 'Chromium', backends: ['webgl', 'webgpu', 'cpu'], useBackend });
