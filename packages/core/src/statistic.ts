import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type ForwardCall, statsRows } from './kernels.ts';
import { perSegment, scaleShared } from './segments.ts';
import { standardize } from './standardize.ts';
import { segmentSize } from './view.ts';

/** The fourth kernel, which not every backend has: a row of what `forward` made. */
export const STATISTIC = 'NormkitStatistic';

/** Its attributes; its input is the statistics. */
export interface StatisticAttributes {
  readonly row: 'mean' | 'variance';
}

/** A statistic that a fused kernel has computed, as a function of x that TensorFlow.js can differentiate. */
export function statistic(row: StatisticAttributes['row'], { plan, x }: ForwardCall<Tensor>, stats: Tensor): Tensor {
  return tf.customGrad((input, save) => {
    (save as tf.GradSaveFunc)([input as Tensor]);
    return {
      value: rowOf(stats, row),
      gradFunc: (dvalue: Tensor, [saved]: Tensor[]) => {
        const share = tf.div(tf.reshape(dvalue, perSegment(plan.stats)), segmentSize(plan.stats));
        const x = saved as Tensor;
        const slope = row === 'mean' ? tf.ones([...plan.stats]) : tf.mul(2, standardize({ plan, x }).centred);
        return tf.reshape(scaleShared(plan.stats, slope, share), x.shape);
      },
    };
  })(x);
}

function rowOf(stats: Tensor, row: StatisticAttributes['row']): Tensor {
  const { backendName } = tf.engine();
  if (tf.getKernel(STATISTIC, backendName)) {
    return tf.engine().runKernel(STATISTIC, [stats] as unknown as NamedTensorMap, { row });
  }
  const segments = stats.shape[1] ?? 0;
  return tf.reshape(tf.slice(stats, [statsRows[row], 0], [1, segments]), [segments]);
}
