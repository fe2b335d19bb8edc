/** Pictures of 8 × 8 pixels with noise and one bar: upright (class 1) or lying (class 0). */
export function drawBars(count) {
  const images = new Float32Array(count * 64).map(() => 0.4 * Math.random());
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    labels[n] = n % 2;
    const at = Math.floor(8 * Math.random());
    const from = Math.floor(4 * Math.random());
    for (let k = from; k < from + 5; k++) images[64 * n + (labels[n] ? 8 * k + at : 8 * at + k)] = 1;
  }
  return { images, labels };
}
