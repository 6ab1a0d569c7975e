import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { median } from '@normkit/shelf/measure';
import { percent, titleOf } from '../display.ts';
import type { RunResult } from '../runs.ts';
import { gapsOf, small, trainLoss } from '../tables.ts';
import type { ReportRun } from './charts.ts';

/** One HTML file with everything in it: the chart library, the script that draws, and the data. */
export async function reportOf(source: string, results: readonly RunResult[]): Promise<string> {
  const uplot = createRequire(import.meta.url).resolve('uplot/dist/uPlot.iife.min.js');
  const [library, libraryStyle, script, style] = await Promise.all([
    readFile(uplot, 'utf8'),
    readFile(uplot.replace('uPlot.iife.min.js', 'uPlot.min.css'), 'utf8'),
    readFile(new URL('./charts.js', import.meta.url), 'utf8'),
    readFile(new URL('../../../src/terminal/report/report.css', import.meta.url), 'utf8'),
  ]);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>normkit: the tutorial</title>
<style>${libraryStyle}${style}</style>
</head>
<body>
<main>
<h1>The tutorial “Normalizations”</h1>
<p>${escaped(introduction(source, results))}</p>
<div class="scroll">${tableOf(results)}</div>
${differences(results)}
</main>
<script type="application/json" id="data">${inScript(dataOf(results))}</script>
<script>${library}</script>
<script type="module">${script.replace(/\/\/# sourceMappingURL.*/, '')}</script>
</body>
</html>
`;
}

/** What all models have in common. */
function introduction(source: string, [first]: readonly RunResult[]): string {
  if (!first) return `Data: ${source}.`;
  const { samples, epochs, optimizer, learningRate, seed } = first.settings;
  const training = `${samples} pictures, ${epochs === 1 ? 'once' : `${epochs} times`}`;
  return `Data: ${source}; ${training}. Optimizer: ${optimizer}, learning rate ${learningRate}. Seed: ${seed}. One model for each line below, alike in all else.`;
}

function tableOf(results: readonly RunResult[]): string {
  const rows = results.map((result) => {
    const { test, losses, milliseconds, settings } = result;
    const cells = [
      settings.batchSize,
      losses.length,
      median(milliseconds).toFixed(1),
      trainLoss(result).toFixed(3),
      test.loss.toFixed(3),
      percent(test.accuracy),
    ];
    return `<tr><th scope="row">${escaped(titleOf(result))}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const head = ['model', 'batch', 'steps', 'ms a step', 'train loss', 'test loss', 'test accuracy'];
  return `<table>
<thead><tr>${head.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table>`;
}

/** How far the backends are apart, where a run was made on several. */
function differences(results: readonly RunResult[]): string {
  const keyOf = ({ settings }: RunResult) => JSON.stringify(settings);
  const alike = [...new Set(results.map(keyOf))].map((key) => results.filter((result) => keyOf(result) === key));
  const several = alike.filter((runs) => runs.length > 1);
  if (several.length === 0) return '';
  const each = several.map((runs) => `${runs[0]?.settings.norm} ${small(Math.max(...gapsOf(runs)))}`);
  return `<p>Largest difference between the losses of a step on these backends: ${each.join(', ')}.</p>`;
}

function dataOf(results: readonly RunResult[]): readonly ReportRun[] {
  return results.map((result) => ({
    title: titleOf(result),
    norm: result.settings.norm,
    batchSize: result.settings.batchSize,
    losses: result.losses,
    accuracies: result.accuracies,
    milliseconds: median(result.milliseconds),
    error: 1 - result.test.accuracy,
    activations: result.activations,
  }));
}

/** JSON that cannot end the script element it stands in. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
