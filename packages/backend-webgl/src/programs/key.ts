import { gradientProgram } from './gradient.ts';
import { momentsProgram } from './moments.ts';
import { normalizeProgram } from './normalized.ts';
import { statisticsProgram } from './statistics.ts';
import { partialSumsProgram, sumsProgram } from './sums.ts';
import type { Program } from './text.ts';

const PROGRAMS = {
  moments: momentsProgram,
  statistics: statisticsProgram,
  normalize: normalizeProgram,
  partialSums: partialSumsProgram,
  sums: sumsProgram,
  gradient: gradientProgram,
} as const;

/** What a program does. */
export type Kind = keyof typeof PROGRAMS;

/** What the text of each kind of program depends on. */
export type Keys = { readonly [K in Kind]: Parameters<(typeof PROGRAMS)[K]>[0] };

/** What a program's text depends on, all of it. */
export type Key<K extends Kind = Kind> = { readonly [Each in K]: { readonly kind: Each } & Keys[Each] }[K];

const programs: { readonly [K in Kind]: (key: Keys[K]) => Program } = PROGRAMS;
const made = new Map<string, Program>();

/** The program of a key. Its text has no other source, so that two programs of one key cannot differ. */
export function programOfKey<K extends Kind>(key: { readonly kind: K } & Keys[K]): Program {
  const name = JSON.stringify(key);
  const known = made.get(name) ?? programs[key.kind](key);
  made.set(name, known);
  return known;
}
