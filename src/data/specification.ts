/** @file Reads data specifications: `csv:FILE,label=last,header`. */

import { dataKinds, flags, hasOption } from '../common/data-kinds.ts';
import { nearest } from '../common/nearest.ts';
import { TrainerError } from './trainer-error.ts';

export interface Specification {
  readonly text: string;
  readonly kind: string;
  /** A file or folder; empty where the kind needs none. */
  readonly place: string;
  readonly options: Readonly<Record<string, string>>;
}

export function unknownData(spec: string): TrainerError {
  const forms =
    '`digits`, `digits:N`, `images:DIR`, `mnist:DIR`, `cifar10:DIR`, `cifar100:DIR`, `csv:FILE` or `npz:FILE`';
  return new TrainerError('CNN4140', `\`${spec}\` names no data`, `write ${forms}`);
}

function unknownOption(kind: string, part: string): TrainerError {
  const known = dataKinds[kind]!;
  const meant = nearest(part.split('=')[0]!, known);
  const options =
    known.length > 0 ? `the options of \`${kind}\` are ${known.join(', ')}` : `\`${kind}\` has no options`;
  const test = known.includes('test') ? '; a file of test images is `test=FILE`' : '';
  const quote = `; a path with commas stands in quotation marks: \`${kind}:"a,b"\``;
  const hint = meant ? `did you mean \`${meant}\`?` : `${options}${test}${quote}`;
  return new TrainerError('CNN4140', `\`${part}\` is no option of \`${kind}\``, hint);
}

/** The parts between commas, with their keys; what stands in quotation marks may hold commas. */
function* partsOf(text: string, keyless: boolean): Generator<{ key: string; value: string }> {
  const form = /(?:(\w+)=)?(?:"((?:[^"]|"")*)"(?=,|$)|([^,]*))(?:,|$)/gy;
  // The place comes first and may hold `=`.
  const place = /()(?:"((?:[^"]|"")*)"(?=,|$)|([^,]*))(?:,|$)/y;
  let at = 0;
  while (at < text.length) {
    const pattern = keyless && at === 0 ? place : form;
    pattern.lastIndex = at;
    const [all, key = '', quoted, plain = ''] = pattern.exec(text)!;
    yield { key, value: quoted?.replaceAll('""', '"') ?? plain };
    at += all.length;
  }
}

/** CNN4140 for unknown kinds and options, and for options given twice. */
export function parseSpecification(spec: string): Specification {
  const text = spec.trim();
  const [, kind = '', rest = ''] = /^(\w+)(?::(.*))?$/s.exec(text) ?? [];
  if (!Object.hasOwn(dataKinds, kind)) throw unknownData(spec);
  const placed = kind !== 'digits';
  const [first, ...others] = partsOf(rest, placed);
  const options: Record<string, string> = {};
  for (const { key, value } of placed ? others : first ? [first, ...others] : []) {
    // `digits:600` is short for `digits:train=600`.
    const name = key || (placed ? value : 'train');
    const isFlag = flags.includes(name);
    if (Object.hasOwn(options, name))
      throw new TrainerError('CNN4140', `\`${name}\` is given twice in \`${spec}\``, 'leave one of them out');
    if (!hasOption(kind, name) || isFlag !== (placed && !key))
      throw unknownOption(kind, key ? `${key}=${value}` : value);
    options[name] = isFlag ? 'true' : value;
  }
  const place = placed ? (first?.value ?? '') : '';
  if (placed && !place) throw unknownData(spec);
  return { text, kind, place, options };
}
