/** The half float that is nearest to a number; of two that are equally near, the even one. */
export function toHalf(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  // Half floats have 11 digits, and below 2 ** -14 their last place stays.
  const lastPlace = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(value)))) - 10);
  const places = value / lastPlace;
  const below = Math.floor(places);
  const isUp = places - below > 0.5 || (places - below === 0.5 && below % 2 !== 0);
  const rounded = (below + (isUp ? 1 : 0)) * lastPlace;
  return Math.abs(rounded) > MOST ? Math.sign(value) * Number.POSITIVE_INFINITY : rounded;
}

/** The largest half float. */
const MOST = 65504;
