import { NORMS, type NormName } from '@normkit/shelf/tutorial/norm-names';
import { isRecord } from '../../data/forms.ts';
import { OPTIMIZERS, type OptimizerName } from '../../tutorial/optimizer-names.ts';
import type { Settings } from '../../tutorial/settings.ts';

export interface Limits {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

/** Of the settings that are numbers: the form, the share link and saved models keep to them. */
export const LIMITS = {
  batchSize: { least: 1, most: 512, isWhole: true },
  learningRate: { least: 1e-6, most: 1, isWhole: false },
  epochs: { least: 1, most: 100, isWhole: true },
  samples: { least: 1, most: 60_000, isWhole: true },
  seed: { least: 0, most: 999_999, isWhole: true },
} as const satisfies Record<Exclude<keyof Settings, 'norm' | 'optimizer'>, Limits>;

export type NumberName = keyof typeof LIMITS;
export const NUMBERS = Object.keys(LIMITS) as readonly NumberName[];

export function isWithin(name: NumberName, value: unknown): value is number {
  const { least, most, isWhole } = LIMITS[name];
  if (typeof value !== 'number' || !(value >= least && value <= most)) return false;
  return !isWhole || Number.isInteger(value);
}

export function isNorm(value: unknown): value is NormName {
  return (NORMS as readonly unknown[]).includes(value);
}

export function isOptimizer(value: unknown): value is OptimizerName {
  return (OPTIMIZERS as readonly unknown[]).includes(value);
}

/** Settings that come from elsewhere, where all of them are such as the form takes. */
export function settingsIn(found: unknown): Settings | undefined {
  if (!isRecord(found)) return undefined;
  const { norm, optimizer } = found;
  const numbers = NUMBERS.flatMap((name) => {
    const value = found[name];
    return isWithin(name, value) ? [[name, value] as const] : [];
  });
  if (!isNorm(norm) || !isOptimizer(optimizer) || numbers.length < NUMBERS.length) return undefined;
  return { norm, optimizer, ...(Object.fromEntries(numbers) as Record<NumberName, number>) };
}
