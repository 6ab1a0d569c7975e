import type { Layout, Regime } from './module.ts';

/*
 * A part is what one team of threads has of the domain: one segment, or one unit of columns, or one of the splits of
 * these. A workgroup holds as many teams as fit. `place` is the unit of the tensor at a step of the part.
 */

const PART = /* wgsl */ `
struct Part {
  /** Whether there is such a part: the last workgroup may have teams too many. */
  exists: bool,
  team: u32,
  member: u32,
  /** The first, or only, segment of the domain. */
  cell: u32,
  split: u32,
  base: u32,
  begin: u32,
  end: u32,
}`;

/** Consecutive threads read consecutive units of a row. */
const rows = (base: string) => /* wgsl */ `
fn partOf(group: u32, thread: u32) -> Part {
  var part: Part;
  part.team = thread / uniforms.members;
  part.member = thread % uniforms.members;
  let task = group * uniforms.teams + part.team;
  part.cell = task / uniforms.splits;
  part.split = task % uniforms.splits;
  part.exists = part.cell < uniforms.outer;
  part.base = ${base};
  if (part.exists) {
    part.begin = part.split * uniforms.chunk;
    part.end = min(part.begin + uniforms.chunk, uniforms.steps);
  }
  return part;
}`;

/** Consecutive threads read consecutive columns of a row of the matrix. */
const column = (unit: number) => /* wgsl */ `
fn partOf(group: u32, thread: u32) -> Part {
  var part: Part;
  part.team = thread % uniforms.teams;
  part.member = thread / uniforms.teams;
  let task = group / uniforms.splits;
  part.split = group % uniforms.splits;
  let block = task / uniforms.tiles;
  let column = task % uniforms.tiles * uniforms.teams + part.team;
  part.cell = (block * uniforms.inner + column)${unit === 4 ? ' * 4' : ''};
  part.exists = part.member < uniforms.members && column < uniforms.inner && block < uniforms.outer;
  part.base = block * uniforms.rows * uniforms.inner + column;
  if (part.exists) {
    part.begin = part.split * uniforms.chunk;
    part.end = min(part.begin + uniforms.chunk, uniforms.steps);
  }
  return part;
}`;

const PLACE: Readonly<Record<Regime, string>> = {
  row: 'base + step',
  blocked: 'base + step / uniforms.run * uniforms.inner * uniforms.run + step % uniforms.run',
  column: 'base + step * uniforms.inner',
};

/** `Part`, `partOf` and `place`. */
export function declareParts({ regime, unit }: Layout): string {
  const partOf = {
    row: () => rows('part.cell * uniforms.steps'),
    blocked: () =>
      rows('(part.cell / uniforms.inner * uniforms.rows * uniforms.inner + part.cell % uniforms.inner) * uniforms.run'),
    column: () => column(unit),
  }[regime]();
  return `${PART}${partOf}
fn place(base: u32, step: u32) -> u32 {
  return ${PLACE[regime]};
}`;
}

/** Steps of one turn of a loop. Dawn guards every turn against endless loops, which took a seventh of the time in software. */
const TURN = 4;
/** Steps that have a sum of their own. A thread may have thousands: one float for all may lose a bit whenever their number doubles. */
const STRETCH = 128;

/** A thread's loop over its steps between two steps of the part. In the body, `at` is the unit of the tensor. */
export function eachUnit(body: string, begin = 'part.begin', end = 'part.end'): string {
  const step = `  {
    let at = place(part.base, step);
${indented(body, 4)}
  }`;
  const turn = Array<string>(TURN).fill(indented(step, 2)).join('\n    step += uniforms.members;\n');
  return /* wgsl */ `
{
  var step = ${begin} + part.member;
  for (; step + ${TURN - 1} * uniforms.members < ${end}; step += uniforms.members) {
${turn}
  }
  for (; step < ${end}; step += uniforms.members)
${step}
}`;
}

/** The same where the body adds to variables of these `names`. Afterwards the thread's sum of each is called …Sum. */
export function sumUnits(names: readonly string[], body: string): string {
  const each = (line: (name: string) => string) => names.map(line).join('\n');
  return /* wgsl */ `
${each((name) => `var ${name}Sum = Unit();`)}
for (var begin = part.begin; begin < part.end; begin += ${STRETCH} * uniforms.members) {
  let end = min(begin + ${STRETCH} * uniforms.members, part.end);
${indented(
  each((name) => `var ${name} = Unit();`),
  2,
)}
${indented(eachUnit(body, 'begin', 'end'), 2)}
${indented(
  each((name) => `${name}Sum += ${name};`),
  2,
)}
}`;
}

function indented(text: string, by: number): string {
  return text.replace(/^\n|\n$/g, '').replace(/^(?=.)/gm, ' '.repeat(by));
}
