/** @file What `cnnc data` prints: counts, sizes, values, and the lines of a `.cnn` file that follow from them. */
import { nameOfExamples } from '../../analysis/figure-texts.ts';
import { printable } from '../../common/printable.ts';
import { table } from '../../common/table.ts';
import type { TargetPort } from '../../data/dataset.ts';
import type { PictureSurvey } from '../../data/decode/survey.ts';
import { describeImbalance } from './classes.ts';
import type { DataReport } from './examine.ts';
import { normalizeLine } from './values.ts';

/** Lines of a list; how many more there are is said. */
const MOST = 40;

export function printData(report: DataReport): string {
  const { spec, data, classes, values, pictures, broken } = report;
  const { train, test, validation } = data;
  const examples = nameOfExamples(Object.values(report.network?.inputs ?? [data.shape ?? []]));
  const watched = validation ? `, ${validation.count} to watch` : '';
  const lines = [
    `${spec}: ${train.count} ${examples} to learn, ${test.count} to test${watched}`,
    ...printClasses(report),
  ];
  if (pictures) lines.push(...printPictures(pictures));
  for (const [name, { lowest, highest }] of values)
    lines.push(`values${name && ` of ${name}`}: ${short(lowest)} to ${short(highest)}`);
  lines.push('', ...declarations(report).map((line) => `  ${line}`));
  const uneven = classes ? describeImbalance(classes) : '';
  if (uneven) lines.push('', uneven);
  if (broken.length > 0) {
    lines.push('', `${broken.length} pictures cannot be decoded; --skip-bad leaves them out of a training:`);
    lines.push(...cut(broken.map(({ file, reason }) => `  ${file}: ${reason}`)));
  }
  return printable(`${lines.join('\n')}\n`);
}

const short = (value: number) => Number(value.toPrecision(4));

function cut(lines: readonly string[]): string[] {
  return lines.length > MOST ? [...lines.slice(0, MOST), `  and ${lines.length - MOST} more`] : [...lines];
}

/** Of the longest bar. */
const CELLS = 24;

function printClasses({ classes }: DataReport): string[] {
  if (!classes) return [];
  const { names, train, test } = classes;
  const most = Math.max(...train, 1);
  const counts = { right: true, least: 7 };
  const [titles, ...rows] = table(
    [{ title: 'class' }, { title: 'train', ...counts }, { title: 'test', ...counts }, {}],
    names.map((name, k) => [name, `${train[k]}`, `${test[k]}`, '#'.repeat(Math.ceil((CELLS * train[k]!) / most))]),
    { indent: '  ' },
  );
  return [titles!, ...cut(rows)];
}

function printPictures({ sizes, formats, coloured, withOpacity, turned }: PictureSurvey): string[] {
  const all = [...formats.values()].reduce((sum, count) => sum + count, 0);
  const list = (counts: ReadonlyMap<string, number>) => {
    const told = [...counts].slice(0, 5).map(([name, count]) => `${name} (${count})`);
    return `${told.join(', ')}${counts.size > 5 ? ` and ${counts.size - 5} others` : ''}`;
  };
  const details = [
    `${coloured} of ${all} in colour`,
    ...(withOpacity > 0 ? [`${withOpacity} with opacity`] : []),
    ...(turned > 0 ? [`${turned} turned by their camera`] : []),
  ];
  return [`sizes, height×width: ${list(sizes)}`, `formats: ${list(formats)}; ${details.join(', ')}`];
}

/** What a network for these data declares: by the names of the one that is given. */
function declarations({ data, network, classes, values }: DataReport): string[] {
  const several = values.size > 1;
  const inputs = Object.entries(network?.inputs ?? (data.shape && { image: data.shape }) ?? {});
  const targets = Object.entries(network?.targets ?? (classes && { label: { classes: classes.names.length } }) ?? {});
  return [
    ...inputs.map(([name, shape]) => `input ${name}: ${list(shape)}`),
    ...targets.map(([name, target]) => `target ${name}: ${typeText(target, classes?.names.length)}`),
    ...[...values].flatMap(([name, found]) => normalizeLine(found, several ? name : undefined) ?? []),
  ];
}

function list(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** `found`: classes that the data have, where they are counted. */
function typeText({ classes, shape = [] }: TargetPort, found: number | undefined): string {
  if (!classes) return list(shape);
  return `class(${found ?? classes}${shape.length > 0 ? `, ${list(shape)}` : ''})`;
}
