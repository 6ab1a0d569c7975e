import { useBackend } from '@normkit/shelf/backends';
import { adapter } from './adapter.ts';
import { describeSameLosses } from './same-losses.ts';

const backends = adapter === 'none' ? (['cpu'] as const) : (['webgpu', 'cpu'] as const);
describeSameLosses({ name: 'Node', backends, useBackend });
