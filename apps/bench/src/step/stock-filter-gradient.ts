import * as tf from '@tensorflow/tfjs';

/** The part of a TensorFlow.js backend that a kernel made of other kernels needs. */
interface KernelBackend {
  readonly disposeData: (dataId: object) => boolean;
}

/**
 * Gives a backend that lacks it, as TensorFlow.js's wasm does, Conv2DBackpropFilter of kernels that it has: without that
 * there would be no step to compare with. Strides of 1 and no padding, which is all that the tutorial's model has. The
 * gradient by the filter is then the convolution of the transposed x with the transposed dy.
 */
export function composeFilterGradient(backendName: string): void {
  const kernelName = 'Conv2DBackpropFilter';
  if (tf.getKernel(kernelName, backendName)) return;
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, backend }) => {
      const { x, dy } = inputs as { x: tf.TensorInfo; dy: tf.TensorInfo };
      const run = (name: string, inputs: tf.NamedTensorInfoMap, attrs: tf.NamedAttrMap) =>
        tf.getKernel(name, backendName).kernelFunc({ inputs, attrs, backend }) as tf.TensorInfo;
      const image = run('Transpose', { x }, { perm: [3, 1, 2, 0] });
      const filter = run('Transpose', { x: dy }, { perm: [1, 2, 0, 3] });
      const attrs = { strides: [1, 1], dilations: [1, 1], pad: 'valid', dataFormat: 'NHWC' };
      const taps = run('Conv2D', { x: image, filter }, attrs);
      const gradient = run('Transpose', { x: taps }, { perm: [1, 2, 0, 3] });
      for (const { dataId } of [image, filter, taps]) (backend as KernelBackend).disposeData(dataId);
      return gradient;
    },
  });
}
