/** @file What has become of the network of a run since it began: its parameters, and the constants of its file. */
import type { RunRecord } from '../runtime/run-folder.ts';
import type { Program } from '../syntax/ast.ts';
import { parse } from '../syntax/parse.ts';

type Told = Pick<RunRecord, 'sources' | 'options' | 'network'>;

/** A line for each value that is another one now; of texts that differ otherwise, that they do. */
export function changesOf(before: Told, now: Told): string[] {
  const [were, are] = [valuesOf(before), valuesOf(now)];
  const names = [...were.keys()].filter((name) => are.has(name) && were.get(name) !== are.get(name));
  const changed = names.map((name) => `\`${name}\` was ${were.get(name)}, and is ${are.get(name)}\n`);
  const isSame = texts(before) === texts(now);
  return changed.length > 0 || isSame ? changed : ['the text of the network has changed since the run began\n'];
}

function texts({ sources = [] }: Told): string {
  return JSON.stringify(sources.map(({ text }) => text));
}

/** As they are written, or set by the command. */
function valuesOf({ sources = [], options, network }: Told): ReadonlyMap<string, string> {
  const [main] = sources;
  if (!main) return new Map();
  const set = (options.set ?? {}) as Readonly<Record<string, unknown>>;
  const values = new Map<string, string>();
  for (const [name, { start, end }] of definitions(parse(main.text, main.file).program, network))
    values.set(name, main.text.slice(start, end));
  for (const [name, value] of Object.entries(set)) values.set(name, `${value}`);
  return values;
}

function definitions({ items }: Program, network: string) {
  return items.flatMap((item) => {
    if (item.kind === 'binding') return [[item.name.text, item.value.span] as const];
    if (item.kind !== 'network' || item.name.text !== network) return [];
    return item.parameters.flatMap(({ name, defaultValue }) =>
      defaultValue ? [[name.text, defaultValue.span] as const] : [],
    );
  });
}
