import { type BackwardCall, type BackwardResult, walkOf } from '@normkit/core';
import { backwardBlock } from './backward-lanes.ts';
import { backwardSegment, type Gradient, loadGradientTile } from './backward-rows.ts';
import { type CpuBackend, floats, parameter } from './buffers.ts';

/*
 * With n = (x − mean) / σ and g = gamma · dy, dx = (g − mean(g) − n · mean(g · n)) / σ over each segment of the
 * statistics, dgamma = Σ dy · n and dbeta = Σ dy over each segment of gamma. Each segment or block takes two passes: the
 * sums, then dx.
 */
export function backward(
  backend: CpuBackend,
  { plan, dy, x, stats, gamma, frozenStats }: BackwardCall,
): BackwardResult {
  const walk = walkOf(plan);
  const { blocks, lanes, segments, parameters } = walk;
  const values = floats(backend, x);
  const call: Gradient = {
    plan,
    walk,
    frozenStats,
    dy: floats(backend, dy),
    x: values,
    stats: floats(backend, stats),
    gamma: parameter(backend, gamma, parameters, 1),
    dx: new Float32Array(values.length),
    dparameters: new Float64Array(2 * parameters),
  };
  if (lanes > 0) for (let block = 0; block < blocks; block++) backwardBlock(call, block);
  else for (let segment = 0; segment < segments; segment++) backwardSegment(call, segment);
  loadGradientTile(call, -1, 0);
  return {
    dx: backend.makeTensorInfo([...x.shape], 'float32', call.dx),
    dgamma: backend.makeTensorInfo([parameters], 'float32', everyOther(call.dparameters, 0)),
    dbeta: backend.makeTensorInfo([parameters], 'float32', everyOther(call.dparameters, 1)),
  };
}

function everyOther(values: Float64Array, first: 0 | 1): Float32Array {
  return Float32Array.from({ length: values.length / 2 }, (_, index) => values[2 * index + first] as number);
}
