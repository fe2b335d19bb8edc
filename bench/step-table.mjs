/** @file What `step` has found, as text: a table of speeds for each Node, resources, and who was held up or sits out. */
import { references } from './harness.mjs';
import { figure, figures, megabytes, table } from './table.mjs';

/** Contenders that compute all the time but have less than their cores were held up by other programs. */
function heldUp(rows) {
  const share = ({ cpu, threads }) => cpu / threads;
  const found = rows.filter((row) => share(row) < 0.93);
  if (found.length === 0) return [];
  const names = found.map((row) => `${row.id} (${Math.round(100 * share(row))} %)`);
  return [`something else is running; less than their cores had ${names.join(', ')}`];
}

/** One line for a contender that sits out on every Node for one reason. */
function absences(skipped) {
  const reasons = new Map();
  for (const { id, label, reason } of skipped) {
    const key = `${label} ${reason}`;
    reasons.set(key, { name: reasons.has(key) ? label : id, reason });
  }
  return [...reasons.values()].map(({ name, reason }) => `${name} sits out: ${reason}`);
}

/** How many times faster is this project's `name` than the contender of the row, both on this Node. */
function ratioTo(name, row, rows, node) {
  const own = rows.find((other) => other.name === name && other.threads === row.threads && other.node === node);
  const found = own && row.faster[own.id];
  return found ? figures(found) : '–';
}

/** One Node's contenders, and those that run on none. */
function speedTable(rows, batch, node) {
  const here = rows.filter((row) => !row.node || row.node === node);
  const names = [...new Set(references(here).map(({ name }) => name))];
  const body = here.map((row) => [
    ...[row.label, figure(row.imagesPerSecond.median), figure((1000 * batch) / row.imagesPerSecond.median)],
    ...names.map((name) => ratioTo(name, row, rows, node)),
  ]);
  return table(['contender', 'images/s', 'ms/step', ...names.map((name) => `${name} is ×`)], body);
}

function resourceTable(rows) {
  const body = rows.map(({ id, version, cpu, memory: { base, peak } }) => [
    ...[id, version, cpu.toFixed(2), megabytes(peak), megabytes(peak - base)],
  ]);
  return table(['contender', 'version', 'cores used', 'peak MB', 'of it own'], body);
}

function scalingNotes(rows) {
  return rows
    .filter(({ scaling }) => scaling)
    .map(({ id, name, scaling }) => `${id}: ${figures(scaling)} × ${name} on one thread`);
}

export function showStep({ network, about, batch, repetitions, nodes, rows, skipped }) {
  const tables = nodes.map((node) => [`on Node ${node.version}`, '', speedTable(rows, batch, node), ''].join('\n'));
  return [
    `step: ${network}, SGD momentum, batch ${batch}, medians of ${repetitions}`,
    ...[about, '', ...tables, resourceTable(rows), ...scalingNotes(rows)],
    ...absences(skipped),
    ...heldUp(rows),
  ].join('\n');
}
