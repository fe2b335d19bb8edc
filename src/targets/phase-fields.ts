/** @file What of a phase is data, as the text of an object in the module: see `Phase` of the runtime. */
import type { LoweredPhase } from '../plan/lowered-program.ts';
import type { ModulePlan } from '../plan/plan-module.ts';

/** Whether a batch may have so many blocks that its sums go on in f64. */
export function carries(programs: ModulePlan<never>['programs']): boolean {
  return Object.values(programs).some(({ lowered }) => lowered.phases.some(({ carry }) => carry));
}

export function phaseFields({ kind, stages, collects, carry }: LoweredPhase): string {
  const carried = carry?.sums.map(
    ({ offset, length, perGroup }) => `{ offset: ${offset}, length: ${length}, perGroup: ${perGroup} }`,
  );
  const lists = Object.entries({ stages, collects }).filter(([, numbers]) => numbers.length > 0);
  const fields = [`kind: '${kind}'`, ...lists.map(([name, numbers]) => `${name}: [${numbers}]`)].join(', ');
  return carry ? `${fields}, carry: { every: ${carry.every}, sums: [${carried!.join(', ')}] }` : fields;
}
