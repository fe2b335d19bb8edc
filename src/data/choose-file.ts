/** @file Folders may hold several sets of one format (EMNIST has six), and a file beside its gzipped form. */

import { TrainerError } from './trainer-error.ts';

/** Those of the names that belong to the set: one of their parts between `-`, `.` and `_` is its name. CNN4141 if none does. */
export function namesOfSet(folder: string, names: readonly string[], set: string | undefined): readonly string[] {
  const plain = names.filter((name) => !(name.endsWith('.gz') && names.includes(name.slice(0, -3))));
  if (set === undefined) return plain;
  const own = plain.filter((name) => name.split(/[-._]/).includes(set));
  if (own.length) return own;
  throw new TrainerError('CNN4141', `\`${folder}\` has no files of a set \`${set}\``, 'name a part of their names');
}

/** The only one of the names, if any. CNN4150 where there are several. */
export function onlyOne(folder: string, found: readonly string[]): string | undefined {
  if (found.length < 2) return found[0];
  const parts = found.map((name) => name.split(/[-._]/));
  const own = parts.map((words, i) =>
    words.find((word) => !parts.every((other, k) => k === i || other.includes(word))),
  );
  const choices = own.flatMap((word) => (word ? `\`set=${word}\`` : []));
  const problem = `\`${folder}\` has ${found.map((name) => `\`${name}\``).join(' and ')}`;
  const choose = choices.length ? `choose with ${choices.join(' or ')}, or ` : '';
  throw new TrainerError('CNN4150', problem, `${choose}leave one file in the folder`);
}
