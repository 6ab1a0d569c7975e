import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Absent } from '@normkit/shelf/absent';
import type { BackendName } from '@normkit/shelf/backends';
import { draw, type Grid, toMarkdown } from './grid.ts';
import { HELP, type Options, parseOptions, UsageError } from './options.ts';
import { openOnnx } from './peers/onnx.ts';
import { openTorch } from './peers/torch.ts';
import { type About, type Job, type Report, run, type Section, type StepReport } from './run.ts';
import { stepGrid } from './step/step-table.ts';
import { sectionGrid } from './table.ts';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(HELP);
  else await bench(options);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof Absent)) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}

async function bench({ json, markdown, browser, ...job }: Options): Promise<void> {
  const place = browser ? await inChromium(job.backend) : inNode();
  const results: { about?: About; sections: Section[]; step?: StepReport } = { sections: [] };
  const grids: Grid[] = [];
  const show = (grid: Grid) => {
    grids.push(grid);
    console.log(draw(grid));
  };
  await place.run(job, (news) => {
    if ('about' in news) {
      results.about = news.about;
      console.log(introduction(job, place.name, news.about));
    } else if ('section' in news) {
      results.sections.push(news.section);
      show(sectionGrid(news.section, results.about));
    } else {
      results.step = news.step;
      show(stepGrid(news.step));
    }
  });
  if (markdown) await save(markdown, toMarkdown(grids));
  if (!json) return;
  const everything = { backend: job.backend, place: place.name, ...job.limits, ...results };
  await save(json, `${JSON.stringify(everything, undefined, 2)}\n`);
}

/** npm runs this in the package's folder; a relative path is relative to where the user called npm. */
function save(file: string, text: string): Promise<void> {
  return writeFile(resolve(process.env['INIT_CWD'] ?? '.', file), text);
}

/** Where a job is done. */
interface Place {
  readonly name: string;
  readonly run: (job: Job, report: (news: Report) => void) => Promise<void>;
}

function inNode(): Place {
  return {
    name: `Node ${process.version}`,
    run: (job, report) => {
      // Beside a GPU PyTorch would run on the processor.
      const peers = job.backend === 'webgpu' ? { onnx: openOnnx } : { onnx: openOnnx, torch: openTorch };
      return run(job, peers, report);
    },
  };
}

async function inChromium(backend: BackendName): Promise<Place> {
  // Not needed otherwise, and slow to load.
  const { openChromium } = await import('./browser/chromium.ts');
  return openChromium(backend);
}

function introduction({ backend, step }: Job, place: string, { tensorflow, gpu, notes }: About): string {
  const head = `normkit on ${backend}, TensorFlow.js ${tensorflow}, ${place}. Milliseconds: medians of interleaved runs`;
  const lines = step
    ? [
        `${head}.`,
        'A training step of the tutorial: batch 32, Conv2D 10 3x3, group norm 5, Dense 128 and 10, Adam.',
        ...(gpu === undefined
          ? [
              'ours: with @normkit/layers and @normkit/training/wasm.',
              'stock: without the norm, for which there is no layer, and with Conv2DBackpropFilter made of stock kernels.',
            ]
          : ['ours: with @normkit/layers.', 'stock: without the norm, for which there is no layer.', `GPU: ${gpu}.`]),
      ]
    : [
        `${head}; (1): measured once.`,
        'ours: normkit; composed: the same of TensorFlow.js operations; stock: the layer of tf.layers.',
        ...notes,
        ...floor(gpu),
        'extra memory: the most that ours takes beyond its inputs, in multiples of x.',
      ];
  return lines.join('\n');
}

function floor(gpu: string | undefined): string[] {
  if (gpu === undefined) return ['copy, the floor: x copied into a new array, as every op must make one.'];
  return [
    'copy, the floor: a program on the GPU that copies as many bytes as x has.',
    'GB/s: what ours would move if it read and wrote each tensor once; of copy: that, of what the copy moves.',
    `GPU: ${gpu}; its own milliseconds of one run.`,
  ];
}
