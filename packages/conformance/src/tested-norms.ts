import { definitions } from '@normkit/core';
import type { Layout, TestedNorm } from './norms/definition.ts';
import * as norms from './norms/index.ts';

const known = new Map<string, TestedNorm>();
for (const norm of Object.values(norms)) addTestedNorm(norm);

const missing = definitions.find(({ name }) => !known.has(name));
if (missing) {
  throw new Error(
    `conformance/src/norms/index.ts exports no definition by index tuples of ${missing.name}: write it in a file of that folder, and export it there`,
  );
}

/** The norms that the suite knows: those of `@normkit/core`, and those that were added. */
export function testedNorms(): TestedNorm[] {
  return [...known.values()];
}

/**
 * Lets the suite know a norm that is not of `@normkit/core`: `normCases`, `describeNormKernels` and the rest cover it from
 * then on. Doing so again changes nothing.
 *
 * @throws Error where another norm has this name, or where the norm's two definitions contradict each other.
 */
export function addTestedNorm(norm: TestedNorm): void {
  const { name, parameters, useMean } = norm.op.definition;
  const other = known.get(name);
  if (other && other.op !== norm.op)
    throw new Error(`the suite knows another norm '${name}': give this one another name`);
  if (norm.hasBeta !== parameters.includes('beta')) {
    throw new Error(`hasBeta of ${name} is ${norm.hasBeta}, but the parameters of its definition are ${parameters}`);
  }
  if (norm.useMean !== useMean) {
    throw new Error(`useMean of ${name} is ${norm.useMean}, but ${useMean} in its definition`);
  }
  known.set(name, norm);
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
