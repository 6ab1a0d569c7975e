import type { Layout } from './module.ts';

/*
 * A tile is the columns that one workgroup has. Columns of one segment are neighbours, and a tile holds whole segments.
 * Before the workgroup goes over its parts it merges the partials of an earlier dispatch, with one team of threads for
 * each segment of the tile.
 */

/** A tile has no more segments than a workgroup has threads. */
export function declareTile({ workgroup }: Layout): string {
  return `var<workgroup> tile: array<vec4f, ${workgroup}>;`;
}

/** Each team computes the `result` of its `segment`. One thread of it stores `kept` in the tile and runs `finish`. */
export function mergeTile({ workgroup }: Layout, result: string, kept: string, finish = ''): string {
  return /* wgsl */ `
let teams = uniforms.tileSegments;
let team = thread % teams;
let member = thread / teams;
let members = ${workgroup} / teams;
let tileNumber = group / uniforms.splits;
let local = tileNumber % uniforms.tiles * teams + team;
let block = tileNumber / uniforms.tiles;
let isSegment = member < members && local < uniforms.statsInner && block < uniforms.outer;
let segment = select(uniforms.segments, block * uniforms.statsInner + local, isSegment);
let result = ${result};
if (member == 0 && isSegment) {
  tile[team] = ${kept};
  ${finish}
}
workgroupBarrier();`;
}

/** The tile's entry for a float of a thread's unit. */
export function tileEntry({ unit }: Layout, place: number): string {
  return `tile[(part.team${unit === 4 ? ' * 4' : ''} + ${place}) / uniforms.statsRun]`;
}
