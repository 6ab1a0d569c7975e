import type { Binding, Layout } from './module.ts';

/** How a thread finds what belongs to the elements of its unit: their gamma, or their statistics. */
export type Lookup =
  /** Each element of the unit has its own, one after the other. */
  | 'each'
  /** All elements of the unit have the same. */
  | 'shared'
  /** Its index is the unit's own step of the part, which needs no division. */
  | 'step';

/** Which of gamma and beta a shader has, and how it finds them. */
export interface Affine {
  readonly gamma: boolean;
  readonly beta: boolean;
  readonly lookup: Lookup;
  /** All steps of a part have one gamma and one beta. */
  readonly onePerPart: boolean;
}

type View = 'stats' | 'affine';

/** `${view}Index`: the segment of a view that a unit's first element belongs to. */
export function declareIndex({ unit }: Layout, view: View): string {
  const [count, rows, inner, run] =
    view === 'stats'
      ? ['segments', 'statsRows', 'statsInner', 'statsRun']
      : ['parameters', 'affineRows', 'affineInner', 'affineRun'];
  return /* wgsl */ `
fn ${view}Index(at: u32) -> u32 {
  let line = at${unit === 4 ? ' * 4' : ''} / uniforms.${run};
  var index = line % uniforms.${inner};
  if (uniforms.${count} > uniforms.${inner}) {
    index += line / (uniforms.${rows} * uniforms.${inner}) * uniforms.${inner};
  }
  return index;
}`;
}

/** Whether gamma and beta are read a unit at a time. */
export function isVector({ unit, regime }: Layout, { lookup }: Affine): boolean {
  return unit === 4 && (lookup === 'each' || (lookup === 'step' && regime !== 'column'));
}

export function bindAffine(layout: Layout, affine: Affine): Binding[] {
  const { gamma, beta } = affine;
  const type = isVector(layout, affine) ? 'Unit' : 'f32';
  return [...(gamma ? [{ name: 'gamma', type } as const] : []), ...(beta ? [{ name: 'beta', type } as const] : [])];
}

/** `gammaAt` and `betaAt`: gamma and beta of a unit. */
export function declareAffine(layout: Layout, affine: Affine): string {
  if (affine.lookup === 'step') return '';
  const read = (name: string) => /* wgsl */ `
fn ${name}At(at: u32) -> Unit {
  return Unit(${name}[affineIndex(at)${isVector(layout, affine) ? ' / 4' : ''}]);
}`;
  const given = [...(affine.gamma ? ['gamma'] : []), ...(affine.beta ? ['beta'] : [])];
  return given.length > 0 ? [declareIndex(layout, 'affine'), ...given.map(read)].join('\n') : '';
}

/** Before the loop: gamma and beta where all steps of a part share them. */
export function readAffine({ gamma, beta, onePerPart }: Affine): string {
  if (!onePerPart) return '';
  return [
    ...(gamma ? ['let scale = gammaAt(part.base);'] : []),
    ...(beta ? ['let shift = betaAt(part.base);'] : []),
  ].join('\n');
}

/** gamma · value, in a loop. */
export function scaled(affine: Affine, value: string): string {
  if (!affine.gamma) return value;
  return `${value} * ${affine.onePerPart ? 'scale' : inLoop(affine, 'gamma')}`;
}

/** gamma · value + beta, in a loop. */
export function scaledAndShifted(affine: Affine, value: string): string {
  const product = scaled(affine, value);
  if (!affine.beta) return product;
  return `${product} + ${affine.onePerPart ? 'shift' : inLoop(affine, 'beta')}`;
}

function inLoop({ lookup }: Affine, name: string): string {
  return lookup === 'step' ? `Unit(${name}[step])` : `${name}At(at)`;
}
