/** @file A name in place for a layer that has none: its parameters are called after it. */
import { nodesOf } from '../../syntax/visit.ts';
import { type ActionSource, insertion } from './action.ts';

export const nameLayer: ActionSource = ({ analysis, path }) => {
  const stage = path.findLast((node) => node.kind === 'stage');
  if (!stage || stage.name) return [];
  const { target } = stage;
  const called = target.kind === 'call' ? target.callee.text : target.kind === 'identifier' ? target.text : undefined;
  const item = path.find((node) => node.kind === 'network' || node.kind === 'block');
  if (called === undefined || !item) return [];
  const taken = new Set([
    ...analysis.names.definitions.map(({ name }) => name.text),
    ...nodesOf(item, 'stage').flatMap(({ name }) => name?.text ?? []),
  ]);
  const base = called.toLowerCase();
  let number = 1;
  while (taken.has(`${base}${number}`)) number++;
  const name = `${base}${number}`;
  return [
    {
      title: `name this layer \`${name}\``,
      kind: 'refactor',
      edits: [insertion(analysis.file, stage.span.start, `${name}: `)],
    },
  ];
};
