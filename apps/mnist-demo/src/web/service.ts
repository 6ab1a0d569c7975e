import type { BackendName } from '@normkit/shelf/backends';
import type { RealNorm } from '@normkit/shelf/tutorial/norm-names';
import type { IdxSource } from '../data/read-idx.ts';
import type { Activations } from '../tutorial/activations.ts';
import type { Settings } from '../tutorial/settings.ts';
import type { Evaluation, Step } from '../tutorial/trainer.ts';

/** All that the page and its worker say to each other. The page calls; what takes long is told as news. */
export interface Service {
  /** Every backend that the page knows, and whether this browser has it. */
  backends(): Promise<readonly BackendInfo[]>;
  listen(tell: Tell): void;

  useBuiltInDigits(): Promise<DataInfo>;
  /** MNIST's four IDX files, gzip or not, as a browser's `File`s. Rejects where one is missing or not what it should be. */
  useFiles(files: readonly IdxSource[]): Promise<DataInfo>;
  /** Of the test split, counted from 0. */
  testPicture(index: number): Promise<Picture>;

  /** Gives runs the digits that are chosen now, and says which; they keep those whatever is chosen later. */
  enlist(runs: readonly RunId[]): Promise<DataInfo>;
  /** Trains, or goes on training, until it is done or paused. */
  train(run: RunId, settings: Settings, backend: BackendName): Promise<'done' | 'paused'>;
  pause(): void;
  /** Takes the run in training, or the model in use, over to another backend. */
  move(backend: BackendName): Promise<void>;
  /** Makes a run's model the one in use. */
  select(run: RunId, settings: Settings, backend: BackendName): Promise<void>;
  /** Looks at the norm of the model in use, and times it: 'observed' tells. */
  observe(): Promise<void>;
  forget(run: RunId): Promise<void>;
  /** Probabilities of the ten digits, by the model in use. `undefined` where there is none. */
  predict(pixels: Uint8Array): Promise<readonly number[] | undefined>;

  /** The model in use with its optimizer, as TensorFlow.js's files. */
  toFiles(kept: Kept): Promise<ModelFiles>;
  /** Makes what `toFiles` wrote the model in use. Rejects with a reason where that cannot be done. */
  fromFiles(run: RunId, files: PickedModel, backend: BackendName): Promise<SavedRun>;
  toBrowser(name: string, kept: Kept): Promise<void>;
  fromBrowser(run: RunId, name: string, backend: BackendName): Promise<SavedRun>;
  inBrowser(): Promise<readonly string[]>;
  removeFromBrowser(name: string): Promise<void>;

  /** Times forward and backward of the norm on the layer's shape. Blocks the worker: wants one of its own. */
  race(norm: RealNorm, batchSize: number, backend: BackendName): Promise<RaceResult>;
}

export type RunId = number;

export interface BackendInfo {
  readonly name: BackendName;
  readonly label: string;
  readonly isHere: boolean;
}

export interface DataInfo {
  readonly source: 'built-in' | 'MNIST';
  readonly train: number;
  readonly test: number;
}

export interface Picture {
  readonly pixels: Uint8Array;
  readonly label: number;
}

/** What charts are drawn from, by step. */
export interface History {
  readonly losses: readonly number[];
  readonly accuracies: readonly number[];
  readonly milliseconds: readonly number[];
}

/** What the page knows of a run, and its model does not. */
export interface Kept {
  readonly history: History;
  /** What it was trained on; models that were saved by older pages do not say. */
  readonly data?: DataInfo | undefined;
}

/** Of a run whose model was saved. */
export interface SavedRun extends Kept {
  readonly settings: Settings;
  readonly steps: number;
}

/** `model.json` and its weights, as `tf.loadLayersModel` takes them. */
export interface ModelFiles {
  readonly json: string;
  readonly weights: Uint8Array;
}

/** As somebody picked them; `name` is what errors call them. */
export interface PickedModel extends ModelFiles {
  readonly name: string;
}

export interface RaceResult {
  readonly shape: readonly number[];
  /** Milliseconds of one forward and backward pass. */
  readonly normkit: number;
  readonly stock: number;
  /** TensorFlow.js's own layer; or, where it has none, its elementary operations. */
  readonly stockKind: 'layer' | 'operations';
}

/** Resolves when the page has heard it. */
export type Tell = (news: News) => void | Promise<void>;

export type News =
  | { readonly kind: 'began'; readonly run: RunId; readonly settings: Settings }
  | {
      /** The device is gone: the run goes on elsewhere from the last checkpoint, after so many steps. */
      readonly kind: 'lost';
      readonly run: RunId;
      readonly backend: BackendName;
      readonly steps: number;
    }
  | { readonly kind: 'stepped'; readonly run: RunId; readonly step: Step }
  | {
      readonly kind: 'observed';
      readonly run: RunId;
      readonly activations: Activations | undefined;
      /** One forward and backward pass of the norm alone, on the layer's shape. */
      readonly normMilliseconds: number;
    }
  | { readonly kind: 'evaluating'; readonly run: RunId; readonly done: number; readonly of: number }
  | { readonly kind: 'evaluated'; readonly run: RunId; readonly test: Evaluation };
