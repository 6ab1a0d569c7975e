/**
 * A view groups the elements of one contiguous buffer into segments. The buffer is read as
 * `[outer, reduceOuter, inner, reduceInner]`; elements that share `outer` and `inner` share a segment.
 */
export type View = readonly [outer: number, reduceOuter: number, inner: number, reduceInner: number];

/** An axis of the buffer, and whether the view keeps it (one segment per index) or reduces over it. */
export interface ViewAxis {
  readonly size: number;
  readonly kept: boolean;
}

/**
 * The view of a buffer whose axes are kept or reduced as given, or `undefined` where four extents cannot say it
 * (reduce, keep, reduce, keep). Neighbours of one kind merge; axes of extent 1 belong to either.
 */
export function viewOf(axes: readonly ViewAxis[]): View | undefined {
  const extents: [number, number, number, number] = [1, 1, 1, 1];
  let slot = 0;
  for (const { size, kept } of axes) {
    if (size === 1) continue;
    if ((slot % 2 === 0) !== kept) slot += 1;
    if (slot > 3) return undefined;
    extents[slot] = (extents[slot] ?? 1) * size;
  }
  const [outer, reduceOuter, inner, reduceInner] = extents;
  return inner === 1 ? [outer, 1, 1, reduceOuter * reduceInner] : extents;
}

/**
 * The segment of element `index` of the buffer. `| 0` tells the compiler that the result is an integer: loops that
 * start from a `Math.floor` index with floating point numbers, and take twice as long.
 */
export function segmentOf(view: View, index: number): number {
  const [, reduceOuter, inner, reduceInner] = view;
  const block = reduceOuter * inner * reduceInner;
  return (((index / block) | 0) * inner + (((index / reduceInner) | 0) % inner)) | 0;
}

/** How many segments the view has. */
export function segmentCount(view: View): number {
  return view[0] * view[2];
}

/** How many elements each segment has. */
export function segmentSize(view: View): number {
  return view[1] * view[3];
}
