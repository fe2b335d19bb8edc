/** @file The attribute `groups`: how many groups the channels fall into, which must be of equal size. */

import type { OperatorContext } from './operator.ts';

/** Groups of the input's channels, or a diagnostic. */
export function groupsOf(context: OperatorContext<{ groups: number }>, channels: number): number {
  const groups = context.attributes.groups;
  if (channels % groups === 0) return groups;
  return context.fail({
    code: 'CNN3003',
    message: `${groups} groups do not divide ${channels} channels`,
    attribute: 'groups',
    help: 'choose a number of groups that divides the channels',
  });
}

/** The same for an operator that has groups of outputs, too. */
export function requireGroups(context: OperatorContext, channels: number, outputs: number, groups: number): void {
  if (channels % groups === 0 && outputs % groups === 0) return;
  context.fail({
    code: 'CNN3003',
    message: `${groups} groups do not divide ${channels} input and ${outputs} output channels`,
    attribute: 'groups',
    help: 'choose a number of groups that divides both',
  });
}
