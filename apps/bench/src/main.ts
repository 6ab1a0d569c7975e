import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { BACKENDS } from './backends.ts';
import type { ContenderName } from './contenders.ts';
import { HELP, type Options, parseOptions, UsageError } from './options.ts';
import { openOnnx } from './peers/onnx.ts';
import { type Peer, PeerAbsent } from './peers/peer.ts';
import { openTorch } from './peers/torch.ts';
import { measureShapes, type Section } from './rows.ts';
import { renderSection, toJson } from './table.ts';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(HELP);
  else await bench(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}

async function bench({ backend: name, shapes, json, ...limits }: Options): Promise<void> {
  const open = BACKENDS[name] as (typeof BACKENDS)[string];
  const backend = await open();
  const { peers, absent, lines } = await openPeers({ onnx: openOnnx, torch: openTorch });
  const context = { backend: name, tensorflow: tf.version['tfjs-core'], node: process.version, ...limits };
  console.log(
    [
      `normkit on ${name}, TensorFlow.js ${context.tensorflow}, Node ${context.node}. Milliseconds: medians of interleaved runs; (1): measured once.`,
      'ours: normkit; composed: the same of TensorFlow.js operations; stock: the layer of tf.layers.',
      ...lines,
      'copy, the floor: x copied into a new array, as every op must make one.',
      'extra memory: the most that ours takes beyond its inputs, in multiples of x.',
    ].join('\n'),
  );
  const sections: Section[] = [];
  try {
    for await (const section of measureShapes(backend, peers, shapes, limits)) {
      sections.push(section);
      console.log(renderSection(section, absent));
    }
  } finally {
    for (const peer of peers) peer.close();
  }
  // npm runs this in the package's folder; a relative path is relative to where the user called npm.
  if (json) await writeFile(resolve(process.env['INIT_CWD'] ?? '.', json), toJson(context, sections));
}

/** Those that there are, which there are not, and a line about each. */
async function openPeers(openers: Readonly<Partial<Record<ContenderName, () => Promise<Peer>>>>) {
  const peers: Peer[] = [];
  const absent = new Set<ContenderName>();
  const lines: string[] = [];
  for (const [name, open] of Object.entries(openers) as [ContenderName, () => Promise<Peer>][]) {
    try {
      const peer = await open();
      peers.push(peer);
      lines.push(`${name}: ${peer.about}.`);
    } catch (error) {
      if (!(error instanceof PeerAbsent)) throw error;
      absent.add(name);
      lines.push(error.message);
    }
  }
  return { peers, absent, lines };
}
