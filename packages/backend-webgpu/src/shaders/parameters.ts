import type { Binding, Layout } from './module.ts';

/** How a thread finds something that belongs to the elements of its unit. */
export type Lookup =
  /** Each element of the unit has its own, one after the other. */
  | 'each'
  /** All elements of the unit have the same. */
  | 'shared';

export interface Parameters {
  readonly gamma: boolean;
  readonly beta: boolean;
  readonly affine: Lookup;
  /** A part has one gamma for all its steps. */
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
  let line = at${unit === 4 ? ' * 4' : ''} / call.${run};
  var index = line % call.${inner};
  if (call.${count} > call.${inner}) {
    index += line / (call.${rows} * call.${inner}) * call.${inner};
  }
  return index;
}`;
}

export function bindParameters(layout: Layout, { gamma, beta, affine }: Parameters): Binding[] {
  const type = affine === 'each' && layout.unit === 4 ? 'Unit' : 'f32';
  return [...(gamma ? [{ name: 'gamma', type } as const] : []), ...(beta ? [{ name: 'beta', type } as const] : [])];
}

/** `gammaAt` and `betaAt`: the parameters of a unit. */
export function declareParameters(layout: Layout, parameters: Parameters): string {
  const isVector = parameters.affine === 'each' && layout.unit === 4;
  const read = (name: string) => /* wgsl */ `
fn ${name}At(at: u32) -> Unit {
  return Unit(${name}[affineIndex(at)${isVector ? ' / 4' : ''}]);
}`;
  const given = [...(parameters.gamma ? ['gamma'] : []), ...(parameters.beta ? ['beta'] : [])];
  return given.length > 0 ? [declareIndex(layout, 'affine'), ...given.map(read)].join('\n') : '';
}

/** Before the loop: what all steps of a part share. */
export function readParameters({ gamma, beta, onePerPart }: Parameters): string {
  if (!onePerPart) return '';
  return [
    ...(gamma ? ['let scale = gammaAt(part.base);'] : []),
    ...(beta ? ['let shift = betaAt(part.base);'] : []),
  ].join('\n');
}

/** gamma · value, in a loop. */
export function scaled({ gamma, onePerPart }: Parameters, value: string): string {
  if (!gamma) return value;
  return `${value} * ${onePerPart ? 'scale' : 'gammaAt(at)'}`;
}

/** gamma · value + beta, in a loop. */
export function scaledAndShifted(parameters: Parameters, value: string): string {
  const product = scaled(parameters, value);
  if (!parameters.beta) return product;
  return `${product} + ${parameters.onePerPart ? 'shift' : 'betaAt(at)'}`;
}
