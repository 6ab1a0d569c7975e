import { definitions } from '@normkit/core';
import type { Layout, TestedNorm } from './norms/definition.ts';
import * as norms from './norms/index.ts';

const known = new Map<string, TestedNorm>(Object.values(norms).map((norm) => [nameOf(norm), norm]));

const missing = definitions.find(({ name }) => !known.has(name));
if (missing) throw new Error(`conformance/src/norms has no definition by index tuples of ${missing.name}`);

/** The norms that the suite knows: those of `@normkit/core`, and those that were added. */
export function testedNorms(): TestedNorm[] {
  return [...known.values()];
}

/**
 * Lets the suite know a norm that is not of `@normkit/core`: `normCases`, `describeNormKernels` and the rest cover it from
 * then on. Doing so again changes nothing.
 */
export function addTestedNorm(norm: TestedNorm): void {
  known.set(nameOf(norm), norm);
}

/** The norm of a layout. */
export function testedNorm({ kind }: Pick<Layout, 'kind'>): TestedNorm {
  const norm = known.get(kind);
  if (norm) return norm;
  throw new Error(`the suite knows no norm '${kind}', but ${[...known.keys()].join(', ')}; addTestedNorm adds one`);
}

/** These layouts of a norm, with its name. */
export function layoutsOf(norm: TestedNorm, list: 'layouts' | 'otherLayouts' | 'longLayouts'): Layout[] {
  return (norm[list] ?? []).map((layout) => ({ kind: nameOf(norm), ...layout }));
}

function nameOf({ op }: TestedNorm): string {
  return op.definition.name;
}
