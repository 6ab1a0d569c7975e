import type { NormName } from '@normkit/shelf/tutorial/norm-names';
import { DEFAULTS, type Settings } from '../../tutorial/settings.ts';

/** What the form holds. Each norm makes a run. */
export interface PageSettings extends Omit<Settings, 'norm'> {
  readonly norms: readonly NormName[];
  /** A name that the worker may or may not know. */
  readonly backend: string;
}

const { norm, ...others } = DEFAULTS;

/** Two norms: one press of the button then gives something to compare. Where a browser has no WebGL, it begins with another. */
export const PAGE_DEFAULTS: PageSettings = { ...others, norms: [norm, 'batch'], backend: 'webgl' };

export function runsOf({ norms, backend: _, ...settings }: PageSettings): Settings[] {
  return norms.map((each) => ({ ...settings, norm: each }));
}
