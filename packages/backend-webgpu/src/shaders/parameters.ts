import type { Binding, Layout } from './module.ts';

/** How a thread finds something that belongs to the elements of its unit. */
export type Lookup =
  /** Each element of the unit has its own, one after the other. */
  | 'each'
  /** All elements of the unit have the same. */
  | 'shared'
  /** It stands at the unit's own step of the part: nothing has to be divided to find it. */
  | 'step';

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

/** Whether gamma and beta are read a unit at a time. */
export function isVector({ unit, regime }: Layout, { affine }: Parameters): boolean {
  return unit === 4 && (affine === 'each' || (affine === 'step' && regime !== 'column'));
}

export function bindParameters(layout: Layout, parameters: Parameters): Binding[] {
  const { gamma, beta } = parameters;
  const type = isVector(layout, parameters) ? 'Unit' : 'f32';
  return [...(gamma ? [{ name: 'gamma', type } as const] : []), ...(beta ? [{ name: 'beta', type } as const] : [])];
}

/** `gammaAt` and `betaAt`: the parameters of a unit. */
export function declareParameters(layout: Layout, parameters: Parameters): string {
  if (parameters.affine === 'step') return '';
  const read = (name: string) => /* wgsl */ `
fn ${name}At(at: u32) -> Unit {
  return Unit(${name}[affineIndex(at)${isVector(layout, parameters) ? ' / 4' : ''}]);
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
export function scaled(parameters: Parameters, value: string): string {
  if (!parameters.gamma) return value;
  return `${value} * ${parameters.onePerPart ? 'scale' : inLoop(parameters, 'gamma')}`;
}

/** gamma · value + beta, in a loop. */
export function scaledAndShifted(parameters: Parameters, value: string): string {
  const product = scaled(parameters, value);
  if (!parameters.beta) return product;
  return `${product} + ${parameters.onePerPart ? 'shift' : inLoop(parameters, 'beta')}`;
}

function inLoop({ affine }: Parameters, name: string): string {
  return affine === 'step' ? `Unit(${name}[step])` : `${name}At(at)`;
}
