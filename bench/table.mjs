/** @file Aligned tables for a terminal, and figures with as many digits as they deserve. */

/** Three significant digits; whole numbers from 100 on, grouped. */
export function figure(value) {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
}

/** `6.12 (5.98–6.30)` */
export function figures({ median, min, max }) {
  return min === max ? figure(median) : `${figure(median)} (${figure(min)}–${figure(max)})`;
}

export function megabytes(bytes) {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}

export function kilobytes(bytes) {
  return (bytes / 1000).toFixed(1);
}

/** First column to the left, the others to the right; two spaces between columns. */
export function table(header, rows) {
  const lines = [header, ...rows].map((row) => row.map(String));
  const widths = header.map((_, column) => Math.max(...lines.map((row) => row[column].length)));
  const total = widths.reduce((sum, width) => sum + width + 2, -2);
  const show = (row) =>
    row
      .map((cell, c) => (c ? cell.padStart(widths[c]) : cell.padEnd(widths[c])))
      .join('  ')
      .trimEnd();
  return [show(lines[0]), '─'.repeat(total), ...lines.slice(1).map(show)].join('\n');
}

/** The same for a document. */
export function markdownTable(header, rows) {
  const lines = [header, ...rows].map((row) => row.map(String));
  const widths = header.map((_, column) => Math.max(3, ...lines.map((row) => row[column].length)));
  const show = (row) =>
    `| ${row.map((cell, c) => (c ? cell.padStart(widths[c]) : cell.padEnd(widths[c]))).join(' | ')} |`;
  const rule = widths.map((width, column) => (column ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [show(lines[0]), show(rule), ...lines.slice(1).map(show)].join('\n');
}
