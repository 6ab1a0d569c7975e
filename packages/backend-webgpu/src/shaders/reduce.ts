import type { Layout, Sharing, SummingLayout } from './module.ts';

/*
 * Sums over a team in shared memory, as a tree of sixteen branches: few barriers, and errors that grow with the
 * logarithm of the number of terms. The order is the same in every run, and so are the bits.
 */

/** `Pair` and `sumOf`, for pairs of `Sum`. */
export function declareSums({ workgroup }: Layout, sum: 'f32' | 'Unit' = 'f32'): string {
  return /* wgsl */ `
alias Sum = ${sum};
struct Pair {
  a: Sum,
  b: Sum,
}
var<workgroup> slots: array<Pair, ${workgroup}>;
fn sumOf(pair: Pair, team: u32, member: u32, teams: u32, members: u32) -> Pair {
  if (members == 1) {
    return pair;
  }
  workgroupBarrier();
  slots[member * teams + team] = pair;
  workgroupBarrier();
  for (var width = members; width > 1;) {
    let next = (width + 15) / 16;
    if (member < next) {
      var sum = slots[member * teams + team];
      for (var other = member + next; other < width; other += next) {
        sum.a += slots[other * teams + team].a;
        sum.b += slots[other * teams + team].b;
      }
      slots[member * teams + team] = sum;
    }
    workgroupBarrier();
    width = next;
  }
  return slots[team];
}`;
}

/** `Pair` and `sumOf`, and what `sumOfPart` calls. In a column each float of a unit has a sum of its own. */
export function declareSumsOfParts(layout: SummingLayout): string {
  const sums = declareSums(layout, layout.regime === 'column' ? 'Unit' : 'f32');
  return `${sums}${layout.sharing === 'subgroups' ? SUM_OF_SUBGROUPS : ''}${declareTotal(layout)}`;
}

/** The sum of a whole workgroup. Each subgroup adds up its own first, which needs no shared memory. */
const SUM_OF_SUBGROUPS = /* wgsl */ `
fn sumOfSubgroups(pair: Pair, subgroup: u32, subgroups: u32) -> Pair {
  let own = Pair(subgroupAdd(pair.a), subgroupAdd(pair.b));
  workgroupBarrier();
  if (subgroupElect()) {
    slots[subgroup] = own;
  }
  workgroupBarrier();
  var sum = slots[0];
  for (var other = 1u; other < subgroups; other++) {
    sum.a += slots[other].a;
    sum.b += slots[other].b;
  }
  return sum;
}`;

/** The sum over a part: each thread of its team gives a `pair`. */
export function sumOfPart({ sharing }: SummingLayout, pair: string): string {
  const sums: Record<Sharing, string> = {
    alone: pair,
    team: `sumOf(${pair}, part.team, part.member, uniforms.teams, uniforms.members)`,
    subgroups: `sumOfSubgroups(${pair}, subgroup, subgroups)`,
  };
  return sums[sharing];
}

/** `total`: what a thread's units add up to. In a row its floats belong together; in a column each has its own sum. */
function declareTotal({ regime, unit }: Layout): string {
  const isVector = regime !== 'column' && unit === 4;
  return /* wgsl */ `
fn total(value: Unit) -> Sum {
  return ${isVector ? '(value.x + value.y) + (value.z + value.w)' : 'value'};
}`;
}

/**
 * `kept` and `keptUnit` return their value, which no compiler can know: they combine its bits with `uniforms.zero`.
 * Metal's compiler reassociates. Without them it turns (x − a) − b into x − (a + b), which loses the low float of the
 * mean: 5e-4 of y where the mean is 1e4 σ.
 */
export function declareKept({ unit }: Layout): string {
  const bits = unit === 4 ? 'vec4u' : 'u32';
  return /* wgsl */ `
fn kept(value: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(value) ^ uniforms.zero);
}
fn keptUnit(value: Unit) -> Unit {
  return bitcast<Unit>(bitcast<${bits}>(value) ^ ${bits}(uniforms.zero));
}`;
}
