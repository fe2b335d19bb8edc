/** @file The outcomes of node tests as a table. */
import { table } from '../../src/common/table.ts';
import { runSuite } from './suite.ts';

/** Prints it; the exit status is 1 if a network gives other numbers than its test. */
export function report(folder: string): number {
  const outcomes = runSuite(folder);
  const of = (kind: string) => outcomes.filter(({ outcome }) => outcome === kind);
  const reasons = new Map<string, string[]>();
  for (const { reason, name } of [...of('differs'), ...of('refused')])
    reasons.set(reason, [...(reasons.get(reason) ?? []), name.replace(/^test_/, '')]);
  const rows = [...reasons]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([reason, names]) => [`${names.length}`, reason, names.join(' ')]);
  console.log(table([{ title: 'tests', right: true }, { title: 'why' }, { title: 'which' }], rows).join('\n'));
  console.log(
    `\n${of('agrees').length} of ${outcomes.length} models come in and agree, ${of('refused').length} are refused, ${of('differs').length} differ`,
  );
  return of('differs').length > 0 ? 1 : 0;
}
