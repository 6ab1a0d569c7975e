import { openKerasFile } from '@normkit/keras';

self.onmessage = async ({ data }) => {
  const file = await openKerasFile(data);
  if (file.kind === 'config') return;
  const vars = file.weights.root.groups.get('layers')?.groups.get('dense')?.groups.get('vars');
  const dataset = vars?.datasets.get('1');
  self.postMessage([file.kind, dataset?.path, await dataset?.read()]);
};
