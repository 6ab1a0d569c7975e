import type { BackendName } from '@normkit/shelf/backends';
import type * as tf from '@tensorflow/tfjs';
import { DataError } from '../../data/data-error.ts';
import type { RunId, SavedRun } from '../service.ts';
import { requireAnswer } from './answers.ts';
import { currentBackend } from './backends.ts';
import { requireLayers } from './layers-fit.ts';
import { loadedFrom } from './loaded-model.ts';
import type { OpenRuns } from './open-runs.ts';

/** A model to load. */
export interface ModelToLoad {
  /** What messages call it. */
  readonly name: string;
  readonly read: () => Promise<tf.io.ModelArtifacts>;
}

/**
 * Opens a saved model as a run. Where that cannot be done, the run that was open is open again.
 *
 * @throws DataError that names the model, and says why.
 */
export async function loadRun(
  runs: OpenRuns,
  run: RunId,
  { name, read }: ModelToLoad,
  backend: BackendName,
): Promise<SavedRun> {
  const { open } = runs;
  const before = open && { run: open.run, settings: open.trainer.settings, backend: currentBackend() };
  try {
    const { saved, checkpoint, topology } = loadedFrom(await read());
    runs.keep(run, checkpoint);
    const { model } = await runs.change(run, saved.settings, backend);
    requireLayers(model, topology);
    await requireAnswer(model);
    return saved;
  } catch (error) {
    runs.forget(run);
    if (before && !runs.open) await runs.change(before.run, before.settings, before.backend);
    throw new DataError(`${name}: ${error instanceof Error ? error.message : error}`);
  }
}
