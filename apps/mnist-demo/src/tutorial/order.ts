import seedrandom from 'seedrandom';

/** The order of an epoch: 0 … count − 1, shuffled, the same for the same seed and epoch. */
export function orderOf(count: number, seed: number, epoch: number): Uint32Array {
  const random = seedrandom(`${seed}/${epoch}`);
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}
