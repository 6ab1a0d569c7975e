import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { BACKENDS } from './backends.ts';
import { type Contender, type ContenderName, contendersOn, type Pass, type Prepared } from './contenders.ts';
import { type Limits, measure } from './measure.ts';
import { HELP, type Options, parseOptions, UsageError } from './options.ts';
import { labelOf, type Shape, sizeOf } from './shapes.ts';
import { type Row, renderSection, type Section, toJson } from './table.ts';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(HELP);
  else await bench(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}

async function bench({ backend, shapes, json, ...limits }: Options): Promise<void> {
  const open = BACKENDS[backend] as (typeof BACKENDS)[string];
  const contenders = contendersOn(await open());
  const context = { backend, tensorflow: tf.version['tfjs-core'], node: process.version, ...limits };
  console.log(
    [
      `normkit on ${backend}, TensorFlow.js ${context.tensorflow}, Node ${context.node}. Milliseconds: medians of interleaved runs; (1): measured once.`,
      'ours: normkit; composed: the same of TensorFlow.js operations; stock: the layer of tf.layers.',
      'copy, the floor: x copied into a new array, as every op must make one.',
      'extra memory: the most that ours takes beyond its inputs, in multiples of x.',
    ].join('\n'),
  );
  const sections: Section[] = [];
  for (const shape of shapes) {
    const passes: readonly Pass[] = ['forward', 'forward+backward'];
    const rows: Row[] = [];
    for (const pass of passes) rows.push(await measureRow(contenders, shape, pass, limits));
    const section = { label: labelOf(shape), rows };
    sections.push(section);
    console.log(renderSection(section));
  }
  // npm runs this in the package's folder; a relative path is relative to where the user called npm.
  if (json) await writeFile(resolve(process.env['INIT_CWD'] ?? '.', json), toJson(context, sections));
}

async function measureRow(contenders: readonly Contender[], shape: Shape, pass: Pass, limits: Limits): Promise<Row> {
  const prepared = new Map<ContenderName, Prepared>();
  for (const { name, supports, prepare } of contenders) {
    if (supports(shape)) prepared.set(name, await prepare(shape, pass));
  }
  const timings = Object.fromEntries(await measure(prepared, limits));
  const bytes = (await prepared.get('ours')?.extraBytes?.()) ?? Number.NaN;
  for (const { dispose } of prepared.values()) dispose();
  return { pass, timings, extraMemory: bytes / (4 * sizeOf(shape)) };
}
