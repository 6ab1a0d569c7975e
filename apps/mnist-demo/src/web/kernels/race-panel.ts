import type { BackendName } from '@normkit/shelf/backends';
import type { RealNorm } from '@normkit/shelf/tutorial/norm-names';
import { releaseProxy } from 'comlink';
import { barChart } from '../charts/bars.ts';
import { element } from '../elements.ts';
import { onLanguage, significant, words } from '../language/language.ts';
import { reasonOf } from '../runs/training.ts';
import type { RaceResult } from '../service.ts';
import { openWorker } from '../worker/open-worker.ts';

interface Choice {
  readonly backend: BackendName;
  readonly batchSize: number;
}

/** "Stock TensorFlow.js against normkit", in a worker of its own: it can be stopped, and training goes on meanwhile. */
export function showRace(choice: () => Choice): void {
  const start = element('race', HTMLButtonElement);
  const norm = element('race-norm', HTMLSelectElement);
  const status = element('race-result', HTMLElement);
  const bars = element('race-bars', HTMLElement);
  let stop: (() => void) | undefined;
  let draw = () => {
    start.textContent = stop ? words().raceStop : words().raceStart;
    if (stop) status.textContent = words().racing;
  };
  const idle = draw;
  onLanguage(() => draw());

  start.onclick = async () => {
    if (stop) return stop();
    const { service, worker } = openWorker();
    const { backend, batchSize } = choice();
    draw = idle;
    bars.replaceChildren();
    const stopped = new Promise<undefined>((resolve) => {
      stop = () => resolve(undefined);
    });
    draw();
    try {
      const result = await Promise.race([service.race(norm.value as RealNorm, batchSize, backend), stopped]);
      status.textContent = '';
      if (result) {
        draw = () => {
          idle();
          showResult(result, backend, bars, status);
        };
      }
    } catch (error) {
      status.textContent = words().cannot(reasonOf(error));
    } finally {
      stop = undefined;
      service[releaseProxy]();
      worker.terminate();
    }
    draw();
  };
}

function showResult(result: RaceResult, backend: BackendName, bars: HTMLElement, status: HTMLElement): void {
  const { normkit, stock, stockKind, shape } = result;
  const bar = (title: string, time: number, colour: string) => {
    const value = words().milliseconds(significant(time));
    return { title, value, parts: [{ length: time, colour }], summary: `${title}: ${value}` };
  };
  const stockTitle = stockKind === 'layer' ? words().stockLayer : words().stockOperations;
  bars.replaceChildren(barChart([bar('normkit', normkit, 'var(--accent)'), bar(stockTitle, stock, 'var(--rest)')]));
  const where = words().backends[backend] ?? backend;
  const say = stock >= normkit ? words().raceResult : words().raceSlower;
  const times = stock >= normkit ? stock / normkit : normkit / stock;
  status.textContent = say(significant(times, 2), shape.join(), where);
}
