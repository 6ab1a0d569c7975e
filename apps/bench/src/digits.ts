/** Three significant digits, and no exponent. */
export function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

export function times(factor: number): string {
  return `${digits(factor)}x`;
}
