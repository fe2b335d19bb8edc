/**
 * @file The results of all networks in one table: how many times faster this project's WebAssembly target is than each
 * other contender, on the same Node and as many threads.
 */
import { isOwn } from './harness.mjs';
import { figure, markdownTable } from './table.mjs';

const subject = 'cnnc-wasm';

/** `4.0` for whoever was measured; why not, in a word, for the others. */
function ratioTo(name, own, { rows, skipped }) {
  const isSame = ({ node, threads }) => threads === own.threads && (!node || node.path === own.node.path);
  const row = rows.find((candidate) => candidate.name === name && isSame(candidate));
  if (row) return row.faster[own.id].median.toFixed(row.faster[own.id].median < 100 ? 1 : 0);
  const absent =
    own.threads === 1 && skipped.find(({ label, node }) => label === name && (!node || node.path === own.node.path));
  return absent && /takes longer/.test(absent.reason) ? 'too slow' : '–';
}

function rowsOf(result, others) {
  const own = result.rows.filter(({ name }) => name === subject);
  return own.map((row) => [
    ...[result.network, row.node.label.replace('Node ', ''), row.threads, figure(row.imagesPerSecond.median)],
    ...[figure((1000 * result.batch) / row.imagesPerSecond.median)],
    ...others.map((name) => ratioTo(name, row, result)),
  ]);
}

/** Results of `step`, in order; `undefined` where the subject did not take part. */
export function summarize(results) {
  const names = results.flatMap(({ rows }) => rows.filter((row) => !isOwn(row)).map(({ name }) => name));
  const others = [...new Set(names)].sort();
  const rows = results.flatMap((result) => rowsOf(result, others));
  if (rows.length === 0) return undefined;
  const header = ['network', 'Node', 'threads', 'images/s', 'ms/step', ...others.map((name) => `× ${name}`)];
  return markdownTable(header, rows);
}
