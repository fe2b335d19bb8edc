/** @file What Node asks about each module, on a thread of its own. */
import { fileURLToPath } from 'node:url';
import { loadNetwork } from './load-network.ts';

interface Loaded {
  readonly format: string;
  readonly source?: string;
  readonly shortCircuit?: boolean;
}

/** The hook `load` of `node:module`. A network with mistakes is a SyntaxError that tells them as the command line does. */
export async function load(
  url: string,
  context: object,
  next: (url: string, context: object) => Promise<Loaded>,
): Promise<Loaded> {
  const { protocol, pathname, search } = new URL(url);
  if (protocol !== 'file:' || !pathname.endsWith('.cnn')) return next(url, context);
  const { module, problems } = await loadNetwork(fileURLToPath(url.replace(/[?#].*$/, '')), search.slice(1));
  if (!module) throw new SyntaxError(`\n${problems.map(({ text }) => text).join('\n\n')}`);
  for (const { severity, text } of problems)
    if (severity === 'warning') process.emitWarning(`\n${text}`, 'CnncWarning');
  return { format: 'module', source: module.code, shortCircuit: true };
}
