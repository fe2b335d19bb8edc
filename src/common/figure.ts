/** A loss or a metric as text: four decimals, or four digits and an exponent where those would not show it. */
export function figure(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size < 0.001 || size >= 1e4) ? value.toExponential(3) : value.toFixed(4);
}
