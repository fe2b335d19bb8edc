/** @file Reads data specifications: `csv:FILE,label=last,header`. */

import type { Format, Specification } from './format.ts';
import { FORMATS, formatNamed, optionOf, specificationOf } from './formats.ts';
import { similar } from './similar.ts';
import { TrainerError } from './trainer-error.ts';

export function unknownData(spec: string): TrainerError {
  const forms = FORMATS.map((format) => `\`${specificationOf(format)}\``).join(', ');
  return new TrainerError('CNN4140', `\`${spec}\` names no data`, `write one of ${forms}`);
}

function unknownOption({ name: kind, options: all }: Format, part: string): TrainerError {
  const known = all.map(({ name }) => name);
  const meant = similar(part.split('=')[0]!, known);
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
  const format = formatNamed(kind);
  if (!format) throw unknownData(spec);
  const placed = format.place !== undefined;
  const [first, ...others] = partsOf(rest, placed);
  const options: Record<string, string> = {};
  for (const { key, value } of placed ? others : first ? [first, ...others] : []) {
    // `digits:600` is short for `digits:train=600`.
    const name = key || (placed ? value : format.options[0]!.name);
    const option = optionOf(format, name);
    const isFlag = option !== undefined && !option.takes;
    if (Object.hasOwn(options, name))
      throw new TrainerError('CNN4140', `\`${name}\` is given twice in \`${spec}\``, 'leave one of them out');
    if (!option || isFlag !== (placed && !key)) throw unknownOption(format, key ? `${key}=${value}` : value);
    options[name] = isFlag ? 'true' : value;
  }
  const place = placed ? (first?.value ?? '') : '';
  if (placed && !place) throw unknownData(spec);
  return { text, kind, place, options };
}
