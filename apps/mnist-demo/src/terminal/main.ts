import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseDigits, defaultCache } from '../data/choose.ts';
import { DataError } from '../data/data-error.ts';
import { countOf, type DigitSet } from '../tutorial/digits.ts';
import { Misfit } from '../tutorial/snapshot.ts';
import { type Absences, BackendAbsent, backendsAtHand, requireBackends } from './backends.ts';
import { fingerprintOf, removeCheckpoint, saveCheckpoint, unusable } from './checkpoint.ts';
import type { Saved } from './checkpoint-bytes.ts';
import { Display } from './display.ts';
import { type CommandLine, type Options, parseOptions } from './options.ts';
import { runsOf, usualBackends } from './plan.ts';
import { Refusal } from './refusal.ts';
import { reportOf } from './report/report.ts';
import { commandToGoOn, whatWasBegun, whereItStands } from './resume.ts';
import { type Progress, type RunResult, trainAll } from './runs.ts';
import { byBackend, byBatchSize, summary } from './tables.ts';
import { requireWritable } from './writable.ts';

/** What a shell expects of a program that Ctrl-C stopped. */
const STOPPED = 130;

try {
  process.exitCode = await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  if (![DataError, BackendAbsent, Refusal].some((kind) => error instanceof kind)) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}

async function main(commandLine: CommandLine): Promise<number> {
  const given = commandLine.options;
  const checkpoint = join(given.cache ?? defaultCache(), 'checkpoint.bin');
  const saved = given.resume ? await whatWasBegun(checkpoint, commandLine) : undefined;
  const { options, absent } = saved
    ? { options: { ...given, ...saved.options }, absent: {} }
    : await withBackends(given);
  await requireBackends(options.backends);
  await requireWritable(options);
  const display = new Display((line) => console.log(line));
  const digits = await chooseDigits({
    folder: options.data,
    cache: options.cache,
    ...(options.download ? {} : { mirrors: [] }),
    onProgress: (file, bytes) => display.download(file, bytes),
    onNote: (note) => {
      display.stop();
      console.log(note);
    },
  });
  console.log(
    `Data: ${digits.source}; ${countOf(digits.train)} pictures to train on, ${countOf(digits.test)} to test with.`,
  );
  const fingerprint = fingerprintOf(digits);
  if (saved && saved.fingerprint !== fingerprint) {
    throw new Refusal(
      'What was begun used other data: name their folder with --data, or leave out --resume to start anew.',
    );
  }
  if (saved) console.log(whereItStands(saved));
  if (options.samples !== undefined && options.samples > countOf(digits.train)) {
    console.log(`--samples ${options.samples} is more than there are: all ${countOf(digits.train)} are used.`);
  }
  if (options.compare === 'backends') {
    for (const [name, why] of Object.entries(absent)) console.log(`${name} is not compared: ${why}.`);
  }
  const begun = { options, fingerprint, progress: saved?.progress ?? { finished: [] } };
  const { results, unsaved } = await trainWith(begun, digits, checkpoint, display);
  if (!results) {
    console.log(unsaved ? `Stopped, and not saved: ${unsaved}` : `Stopped. Go on with: ${commandToGoOn(commandLine)}`);
    return STOPPED;
  }
  await report(options, digits.source, results);
  // Last: where a report cannot be written, what was saved is still there to go on from.
  await removeCheckpoint(checkpoint);
  return 0;
}

/** Which backends, once for all: a run that is resumed must be the same, whatever is at hand then. */
async function withBackends(given: Options): Promise<{ options: Options; absent: Absences }> {
  if (given.backends.length > 0) return { options: given, absent: {} };
  const { backends, absent } = await backendsAtHand();
  return { options: { ...given, backends: usualBackends(given, backends) }, absent };
}

async function trainWith(
  { options, fingerprint, progress }: Saved,
  digits: DigitSet,
  checkpoint: string,
  display: Display,
): Promise<{ results: readonly RunResult[] | undefined; unsaved: string | undefined }> {
  let stopping = false;
  /** Why the last checkpoint could not be written, which is no reason not to train. */
  let unsaved: string | undefined;
  const save = async (at: Progress) => {
    const saving = saveCheckpoint(checkpoint, { options, fingerprint, progress: at });
    unsaved = await saving.then(
      () => undefined,
      (error: Error) => error.message,
    );
  };
  const onInterrupt = () => {
    if (stopping) process.exit(STOPPED);
    stopping = true;
  };
  process.on('SIGINT', onInterrupt);
  try {
    const results = await trainAll(runsOf(options), digits, progress, {
      begin: (run, steps, done) => display.begin(run, steps, done),
      step: (step) => display.step(step),
      end: (result) => display.end(result),
      save,
      isStopping: () => stopping,
    });
    return { results, unsaved };
  } catch (error) {
    throw error instanceof Misfit ? unusable(checkpoint, error.message) : error;
  } finally {
    display.stop();
    process.off('SIGINT', onInterrupt);
  }
}

async function report(options: Options, source: string, results: readonly RunResult[]): Promise<void> {
  console.log(`\n${summary(results)}`);
  if (options.compare === 'batch-size') console.log(byBatchSize(results));
  if (options.compare === 'backends') console.log(byBackend(results));
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify({ source, results }, undefined, 2)}\n`);
  }
  await writeFile(options.report, await reportOf(source, results));
  console.log(`Report: ${options.report}\nThe same as a page: npm run web`);
}
