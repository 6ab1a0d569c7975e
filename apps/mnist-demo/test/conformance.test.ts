import { useBackend } from '../src/terminal/backends.ts';
import { adapter } from './adapter.ts';
import { describeSameLosses } from './same-losses.ts';

const backends = adapter === 'none' ? (['cpu'] as const) : (['webgpu', 'cpu'] as const);
describeSameLosses({ name: 'Node', backends, useBackend });
