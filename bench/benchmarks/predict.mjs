/**
 * @file `predict`: how long a prediction takes, of one image, of eight and of 64, on one thread and on several, in Node and in
 * Chromium, by modules of `cnnc build --inference` and by others: ONNX Runtime, TensorFlow.js and PyTorch, which get the same weights
 * from our own exporters. Those of a network take turns of some tenths of a second.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { ContenderProcess } from '../contender-process.mjs';
import { pythonCommand } from '../line-up.mjs';
import { withChromium } from '../predict/chromium.mjs';
import { findLibraries } from '../predict/libraries.mjs';
import { FILES, models, prepare } from '../predict/models.mjs';
import { table } from '../table.mjs';
import { withFolder } from '../task.mjs';

const here = (name) => fileURLToPath(new URL(`../predict/${name}`, import.meta.url));

export const PARTIES = ['cnnc', 'onnxruntime-web', 'tfjs-wasm', 'tfjs-cpu', 'pytorch'];

/** The largest difference of an output, as a share of the largest: the others fold, tile and sum in their own ways. */
const TOLERANCE = 1e-3;

/** How often each takes its turn, at most: of what takes longer than a turn, fewer do. */
const WARM = 0.3;

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Where parties run: each Node, and Chromium. */
async function inEveryPlace({ nodes, chromium }, folder, libraries, use) {
  const places = Object.fromEntries(Object.entries(libraries).map(([name, { node }]) => [name, node]));
  for (const node of nodes)
    await use({
      label: node.label,
      open: (id) => {
        const command = [node.path, here('node.mjs'), folder, JSON.stringify(places)];
        return new ContenderProcess({ id, command });
      },
    });
  if (chromium) await withChromium(chromium, folder, libraries, use);
}

/** Sets up all that can; others are told with their reason. */
async function setUp(place, names, { threads, model, folder, limit }) {
  const ready = [];
  const skipped = [];
  for (const name of names) {
    const python = { id: name, command: [pythonCommand(), here('pytorch.py'), folder], env: threadsOf(threads) };
    const party = name === 'pytorch' ? new ContenderProcess(python) : await place.open(name);
    const message = { command: 'setup', name, threads, input: model.input };
    const found = await party.ask(message, 6 * limit).catch((error) => ({ skip: error.message }));
    // Ours shows what it does where several threads do not pay; others would be measured twice.
    if (found.threads < threads && name !== 'cnnc') found.skip = 'it has one thread here';
    if (found.skip === undefined) ready.push({ name, party, wanted: threads, single: 0, ...found });
    else {
      skipped.push({ name, threads, reason: found.skip });
      await party.end();
    }
  }
  return { ready, skipped };
}

const threadsOf = (threads) => ({ OMP_NUM_THREADS: `${threads}`, OPENBLAS_NUM_THREADS: `${threads}` });

/** All compute the same, or nothing is compared. Who would take longer than the limit sits out. */
async function agreeing(ready, count, limit) {
  const taking = [];
  const late = [];
  let wanted;
  for (const one of ready) {
    if (one.single * count > 1000 * limit) {
      late.push({ name: one.name, threads: one.wanted, count, reason: 'it takes too long' });
      continue;
    }
    const { took, values } = await one.party.ask({ command: 'once', count });
    if (count === 1) one.single = Math.min((await one.party.ask({ command: 'once', count })).took, took);
    wanted ??= values;
    const largest = Math.max(...wanted.map(Math.abs));
    const error = Math.max(...values.map((value, n) => Math.abs(value - wanted[n]))) / largest;
    if (!(error < TOLERANCE)) throw new Error(`${one.name} predicts something else: off by ${error} of the largest`);
    taking.push({ ...one, error });
  }
  return { taking, late };
}

async function timesOf(taking, count, { seconds, repetitions }) {
  for (const { party } of taking) await party.ask({ command: 'time', count, seconds: WARM * seconds });
  for (const one of taking) one.times = [];
  for (let round = 0; round < repetitions; round++)
    for (const one of taking) {
      const { times, threads } = await one.party.ask({ command: 'time', count, seconds });
      one.times.push(...times);
      one.threads = threads;
    }
  return taking.map(({ name, wanted, times, threads, error }) => {
    times.sort((a, b) => a - b);
    const found = { least: times[0], median: quantile(times, 0.5), high: quantile(times, 0.99) };
    return { name, count, threads: wanted, ...found, calls: times.length, inUse: threads, error };
  });
}

/** Parties of one thread and of several take turns with each other. */
async function measure(place, model, folder, given) {
  const rows = [];
  const skipped = [];
  const ready = [];
  for (const threads of given.threads) {
    const set = await setUp(place, given.parties, { threads, model, folder, limit: given.limit });
    skipped.push(...set.skipped);
    ready.push(...set.ready);
  }
  for (const count of given.counts) {
    const { taking, late } = await agreeing(ready, count, given.limit);
    skipped.push(...late);
    rows.push(...(await timesOf(taking, count, given)));
  }
  for (const { party } of ready) await party.end();
  rows.sort((a, b) => a.threads - b.threads);
  const loads = ready.map(({ name, wanted, load, version }) => ({ name, threads: wanted, load, version }));
  return { network: model.name, place: place.label, rows, loads, skipped };
}

const bytesOf = (folder, name) => statSync(join(folder, name)).size;

/** What has to be loaded, of code and of weights. */
function sizesOf(folder, libraries, names) {
  const own = {
    code: gzipSync(readFileSync(join(folder, FILES.module))).length,
    model: bytesOf(folder, FILES.weights),
  };
  const others = Object.entries(libraries).map(([name, { zipped }]) => [
    name,
    { code: zipped, model: bytesOf(folder, name === 'onnxruntime-web' ? FILES.onnx : FILES.tensors) },
  ]);
  const sizes = Object.fromEntries([['cnnc', own], ...others]);
  return Object.fromEntries(Object.entries(sizes).filter(([name]) => names.includes(name)));
}

export async function predictBenchmark(given) {
  const chosen = given.models.length ? models.filter(({ name }) => given.models.includes(name)) : models;
  const groups = [];
  const sizes = {};
  return withFolder(async (shared) => {
    const { libraries, skipped } = await findLibraries(given.packages, shared, given.parties);
    const parties = given.parties.filter((name) => !(name in skipped));
    for (const model of chosen)
      await withFolder(async (folder) => {
        await prepare(model, folder);
        sizes[model.name] = sizesOf(folder, libraries, parties);
        await inEveryPlace(given, folder, libraries, async (place) => {
          process.stderr.write(`${model.name}, ${place.label}\n`);
          groups.push(await measure(place, model, folder, { ...given, parties }));
        });
      });
    const versions = Object.fromEntries(Object.entries(libraries).map(([name, { version }]) => [name, version]));
    for (const { name, version } of groups.flatMap(({ loads }) => loads)) if (version) versions[name] = version;
    return { groups, sizes, versions, absent: skipped };
  });
}

/** The browser that is measured in, where there is one. */
export function chromiumOf(wanted) {
  const path = wanted ?? process.env.CHROMIUM ?? '/usr/bin/chromium';
  return path !== 'none' && existsSync(path) ? path : undefined;
}

const milliseconds = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

function showGroup({ network, place, rows, loads }) {
  const ourOf = (row) =>
    rows.find(({ name, count, threads }) => name === 'cnnc' && count === row.count && threads === row.threads);
  const body = rows.map((row) => {
    const ours = ourOf(row);
    const times = (key) => (ours && row !== ours ? `${(row[key] / ours[key]).toFixed(2)}×` : '');
    const speed = ((1000 * row.count) / row.median).toPrecision(3);
    const shown = [row.least, row.median, row.high].map(milliseconds);
    const threads = row.inUse < row.threads ? `${row.threads} (${row.inUse})` : `${row.threads}`;
    return [row.name, `${row.count}`, threads, ...shown, `${Number(speed)}`, times('least'), times('median')];
  });
  const header = ['by', 'images', 'threads', 'fastest ms', 'median', '99 %', 'images/s', '× fastest', '× median'];
  const loading = loads.map(
    ({ name, threads, load }) => `${name}${threads > 1 ? `@${threads}` : ''} ${load.toFixed(0)}`,
  );
  const lines = [`${network}, ${place}`, '', table(header, body), `ms to the first prediction: ${loading.join(', ')}`];
  return lines.flatMap((line) => (line.length > 100 && !line.includes('\n') ? wrapped(line) : [line])).join('\n');
}

function wrapped(line) {
  const lines = [''];
  for (const word of line.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trimStart();
    if (longer.length > 100) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

function showSizes(sizes) {
  const body = Object.entries(sizes).flatMap(([network, found]) =>
    Object.entries(found).map(([name, { code, model }]) => [
      network,
      name,
      (code / 1000).toFixed(1),
      (model / 1000).toFixed(0),
    ]),
  );
  return table(['network', 'by', 'code gzipped, kB', 'weights or model, kB'], body);
}

/** Two threads of ours against one: what the second is worth. */
function showThreads(groups) {
  const body = groups.flatMap(({ network, place, rows }) =>
    rows
      .filter(({ name, threads, count }) => name === 'cnnc' && threads > 1 && count === 1)
      .map((row) => {
        const one = rows.find(({ name, threads, count }) => name === 'cnnc' && threads === 1 && count === 1);
        if (!one) return [];
        const ratio = (key) => (one[key] / row[key]).toFixed(2);
        return [network, place, `${row.threads} (${row.inUse})`, ratio('least'), ratio('median'), ratio('high')];
      }),
  );
  const rows = body.filter((row) => row.length > 0);
  if (rows.length === 0) return [];
  const header = ['network', 'in', 'threads (in use)', '× fastest', '× median', '× 99 %'];
  return ['one image, how many times as fast as one thread', '', table(header, rows), ''];
}

export function showPredict({ groups, sizes, versions, absent }) {
  const reasons = [
    ...Object.entries(absent).map(([name, reason]) => `${name}: ${reason}`),
    ...groups.flatMap(({ network, place, skipped }) =>
      skipped.map(({ name, threads, count, reason }) => {
        const images = count ? `, ${count} images` : '';
        return `${network}, ${place}, ${name}@${threads}${images}: ${reason}`;
      }),
    ),
  ];
  return [
    'predict: of so many images at once; × is how many times as long it takes as cnnc',
    Object.values(versions).join('; '),
    '',
    ...groups.flatMap((group) => [showGroup(group), '']),
    ...showThreads(groups),
    showSizes(sizes),
    ...(reasons.length ? ['', 'sat out:', ...reasons.flatMap(wrapped)] : []),
  ].join('\n');
}
