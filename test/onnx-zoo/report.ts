/** @file The zoo as ONNX models and back, as a table. */
import { table } from '../../src/common/table.ts';
import { theirs } from '../export/onnx-oracle.ts';
import { ZOO, zooNetwork } from './networks.ts';
import { distance, type Figures, meant, outputsOf, roundTrip } from './round-trip.ts';

const WHOLE = 1e-5;

const both = (before: number, after: number) => (before === after ? `${before}` : `${before} -> ${after}`);

/** What differs between the two, in words. */
function lost(before: Figures, after: Figures): string[] {
  const names = Object.keys(before.states).filter((name) => before.states[name] !== after.states[name]);
  return [
    ...(before.parameters === after.parameters ? [] : ['parameters']),
    ...(before.buffers === after.buffers ? [] : ['buffers']),
    ...(before.macs === after.macs ? [] : ['multiply-adds']),
    ...(before.fields.join() === after.fields.join() ? [] : ['fields']),
    ...(names.length === 0 ? [] : [`${names.length} names, as ${names[0]}`]),
  ];
}

/** The exit status is 1 if a network does not come back whole. */
export async function report(names: readonly string[], { ownSize }: { readonly ownSize: boolean }): Promise<number> {
  const rows: string[][] = [];
  let failed = 0;
  for (const name of names.length > 0 ? names : ZOO) {
    const start = performance.now();
    const elaboration = zooNetwork(name, ownSize);
    try {
      const trip = roundTrip(elaboration, 1);
      const { before, after, distance: far } = meant(elaboration, trip, 1);
      const own = distance(outputsOf(elaboration, trip.data.before, 'wasm', 1), before);
      const back = distance(outputsOf(trip.again, trip.data.after, 'wasm', 1), after);
      const runtime = distance(await theirs(elaboration, trip.data.before, trip.model, 1), before);
      const what = lost(trip.before, trip.after);
      if (what.some((one) => !one.includes('names')) || !(far < WHOLE)) failed++;
      rows.push([
        name,
        both(trip.before.parameters, trip.after.parameters),
        both(trip.before.macs, trip.after.macs),
        ...[far, own, back, runtime].map((value) => value.toExponential(1)),
        `${((performance.now() - start) / 1000).toFixed(1)} s`,
        what.join('; '),
      ]);
    } catch (error) {
      failed++;
      rows.push([name, '', '', '', '', '', '', '', `${error}`.split('\n')[0]!]);
    }
    console.log(rows.at(-1)!.join('  '));
  }
  const right = (title: string) => ({ title, right: true });
  const titles = ['parameters', 'multiply-adds', 'f64', 'ours', 'again', 'runtime', 'time'].map(right);
  console.log(`\n${table([{ title: 'network' }, ...titles, { title: 'differs' }], rows).join('\n')}`);
  console.log(`\n${rows.length - failed} of ${rows.length} networks come back whole`);
  return failed > 0 ? 1 : 0;
}
