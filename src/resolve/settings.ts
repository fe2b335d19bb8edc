/** @file The names of a `train` block: its network, inputs of it, and constants of the file; most of it is words. */
import type { Argument, CallExpression, Setting, TrainItem } from '../syntax/ast.ts';
import { resolveExpression } from './expressions.ts';
import type { NameScope } from './name-scope.ts';
import type { Resolver, Site } from './resolver.ts';

export function resolveTrain(resolver: Resolver, item: TrainItem): void {
  const network = resolver.definitions.find(({ kind, name }) => kind === 'network' && name.text === item.network.text);
  if (network) resolver.readAs(item.network, network as Parameters<Resolver['readAs']>[1]);
  const inputs = resolver.scope.inner.find(({ node }) => node === network?.node);
  for (const setting of item.settings) resolveSetting(resolver, { scope: resolver.scope, item }, setting, inputs);
}

function resolveSetting(resolver: Resolver, site: Site, setting: Setting, network: NameScope | undefined): void {
  resolver.uses.push({ name: setting.name, builtin: 'setting' });
  for (const argument of setting.arguments) {
    const { name, value } = argument;
    const isInput = !name && value.kind === 'identifier' && network?.own(value.text)?.kind === 'input';
    if (isInput) resolver.readSoftly(network!, value);
    else if (value.kind === 'call') resolveTerm(resolver, site, setting, value);
    else
      resolveArgument(resolver, site, argument, resolver.vocabulary.isSettingWord(setting.name.text, undefined, name));
  }
}

/** `sgd(lr: rate)` */
function resolveTerm(resolver: Resolver, site: Site, { name }: Setting, { callee, arguments: given }: CallExpression) {
  resolver.word(callee);
  for (const argument of given) {
    const isWord = resolver.vocabulary.isSettingWord(name.text, callee.text, argument.name);
    resolveArgument(resolver, site, argument, isWord);
  }
}

function resolveArgument(resolver: Resolver, site: Site, { value }: Argument, isWord: boolean): void {
  if (isWord && value.kind === 'identifier') resolver.readSoftly(site.scope, value);
  else resolveExpression(resolver, site, value);
}
