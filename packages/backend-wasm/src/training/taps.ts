import type { backend_util } from '@tensorflow/tfjs-core';

/**
 * Visits all pairs of a pixel of x and a pixel of y that one tap of the window joins in the forward pass, by the
 * offsets of their first channels and the tap's; a window's taps in their order.
 */
export function forEachTap(
  info: backend_util.Conv2DInfo,
  visit: (pixel: number, output: number, tap: number) => void,
): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth } = info;
  for (let n = 0; n < info.batchSize; n++) {
    for (let p = 0; p < outHeight; p++) {
      for (let i = 0; i < filterHeight; i++) {
        const y = p * info.strideHeight + i * info.dilationHeight - info.padInfo.top;
        if (y < 0 || y >= inHeight) continue;
        for (let q = 0; q < outWidth; q++) {
          for (let j = 0; j < filterWidth; j++) {
            const x = q * info.strideWidth + j * info.dilationWidth - info.padInfo.left;
            if (x < 0 || x >= inWidth) continue;
            visit(
              ((n * inHeight + y) * inWidth + x) * inChannels,
              ((n * outHeight + p) * outWidth + q) * outChannels,
              (i * filterWidth + j) * outChannels,
            );
          }
        }
      }
    }
  }
}
