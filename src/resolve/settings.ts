/** @file The names of a `train` block: its network, inputs of it, and constants of the file; most of it is words. */
import type { Argument, CallExpression, Setting, TrainItem } from '../syntax/ast.ts';
import { nodesOf } from '../syntax/visit.ts';
import { resolveExpression, siteOf } from './expressions.ts';
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
  const { vocabulary } = resolver;
  setting.arguments.forEach((argument, position) => {
    const { name, value } = argument;
    const isInput = !name && value.kind === 'identifier' && network?.own(value.text)?.kind === 'input';
    if (isInput) resolver.readSoftly(network!, value);
    else if (value.kind === 'call') resolveTerm(resolver, site, setting, value);
    else if (vocabulary.isSettingWord(setting.name.text, undefined, name, position))
      resolveWord(resolver, site, argument);
    else {
      const expected = vocabulary.expectedBySetting(setting.name.text, undefined, name, position);
      resolveExpression(resolver, siteOf(site, value, expected), value);
    }
  });
}

/** `sgd(lr: rate)` */
function resolveTerm(resolver: Resolver, site: Site, { name }: Setting, { callee, arguments: given }: CallExpression) {
  resolver.word(callee);
  const { vocabulary } = resolver;
  given.forEach((argument, position) => {
    const { value } = argument;
    const expected = vocabulary.expectedBySetting(name.text, callee.text, argument.name, position);
    if (expected === 'place') resolvePlace(resolver, { ...site, argument: { value, expected } }, argument);
    else if (vocabulary.isSettingWord(name.text, callee.text, argument.name, position))
      resolveWord(resolver, site, argument);
    else resolveExpression(resolver, siteOf(site, value, expected), value);
  });
}

function resolveWord(resolver: Resolver, site: Site, { value }: Argument): void {
  if (value.kind === 'identifier') resolver.readSoftly(site.scope, value);
  else resolveExpression(resolver, site, value);
}

/** `images(data/shapes)` lacks its quotation marks, which is one mistake, however many names it seems to have. */
function resolvePlace(resolver: Resolver, site: Site, { value }: Argument): void {
  const unknown = nodesOf(value, 'identifier').find((name) => !resolver.mayRead(site.scope, name));
  if (unknown) resolver.miss(site, unknown);
}
