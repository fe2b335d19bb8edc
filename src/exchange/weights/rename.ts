/** @file Names of weights by rules: `layer1.*=stage1.*`. The first rule that fits a name renames it; other names stay. */
import { type NamedTensor, refused } from './named-tensors.ts';

export interface Renaming {
  /** As it was given. */
  readonly text: string;
  /** The new name, if the rule fits. */
  readonly apply: (name: string) => string | undefined;
}

/** `old=new`; each `*` stands for any part, and comes back where the new name has one. `old.=new.` exchanges what names begin with. */
export function parseRenaming(text: string): Renaming | undefined {
  const [, from, to] = /^([^=]+)=([^=]*)$/.exec(text) ?? [];
  if (from === undefined || to === undefined) return undefined;
  if (from.endsWith('.') && !text.includes('*')) return { ...parseRenaming(`${from}*=${to}*`)!, text };
  const parts = to.split('*');
  if (parts.length > from.split('*').length || to === '') return undefined;
  const pattern = new RegExp(`^${from.split('*').map(escaped).join('(.*)')}$`, 's');
  const apply = (name: string) => {
    const found = pattern.exec(name);
    return found ? parts.reduce((all, part, k) => `${all}${found[k]}${part}`) : undefined;
  };
  return { text, apply };
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Reports CNN4313 for a rule that fits no name, and for two tensors of one name. */
export function renamed(tensors: readonly NamedTensor[], rules: readonly Renaming[], path: string): NamedTensor[] {
  const used = new Set<Renaming>();
  const names = new Map<string, string>();
  const result = tensors.map((tensor) => {
    const rule = rules.find(({ apply }) => apply(tensor.name) !== undefined);
    if (rule) used.add(rule);
    const name = rule?.apply(tensor.name) ?? tensor.name;
    const other = names.get(name);
    if (other !== undefined)
      throw refused(
        'CNN4313',
        `\`${other}\` and \`${tensor.name}\` of \`${path}\` would both be \`${name}\``,
        'rename one of them otherwise',
      );
    names.set(name, tensor.name);
    return { ...tensor, name };
  });
  const idle = rules.find((rule) => !used.has(rule));
  if (!idle) return result;
  const some = tensors.slice(0, 4).map(({ name }) => `\`${name}\``);
  throw refused(
    'CNN4313',
    `\`--map ${idle.text}\` fits no name in \`${path}\``,
    `its names are like ${some.join(', ')}`,
  );
}
