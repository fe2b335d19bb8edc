/**
 * @file One thread's share of the runs of a program: it clears the sums of its groups, walks the phases block by block,
 * stages the images of a block just before it runs and collects its outputs just after. A single thread has all groups.
 */

import type { Carry, Compiled, Executable, Parts, Phase, ProgramName } from './executable.ts';
import type { Counters, Feed } from './feed.ts';
import { collect, Stager } from './staging.ts';

export type ShareSource = Pick<Compiled, 'network' | 'lanes' | 'groups' | 'arenaLength' | 'programs'>;

/** What shares need of the parts. */
export type ShareParts = Pick<Parts, 'stageAugmented' | 'stageMixed' | 'Carry'>;

type Run = [feed: Feed, counters: Counters, into?: readonly Float32Array[]];

export interface Share {
  readonly phases: readonly Phase[];
  begin(): void;
  /** Before the next phase, threads must wait for each other. */
  runPhase(phase: Phase, ...run: Run): void;
}

const FLOAT = 4;

/** Shares of all programs by name. The first of one thread unless told otherwise: everything. */
export function makeShares(
  compiled: ShareSource,
  memory: Float32Array,
  executable: Pick<Executable, ProgramName>,
  parts: ShareParts | undefined,
  thread?: number,
  threads?: number,
): Record<ProgramName, Share> {
  const share = (name: ProgramName) => makeShare(compiled, memory, executable, parts, name, thread, threads);
  return { train: share('train'), evaluate: share('evaluate'), predict: share('predict') };
}

export function makeShare(
  compiled: ShareSource,
  memory: Float32Array,
  executable: Partial<Pick<Executable, ProgramName>>,
  parts: ShareParts | undefined,
  name: ProgramName,
  thread = 0,
  threads = 1,
): Share {
  const { lanes, groups = 1, arenaLength = 0 } = compiled;
  const program = compiled.programs[name];
  const arena = thread * arenaLength;
  const stager = new Stager(compiled, program, memory, arena, parts);

  const carries = new Map<Phase, Carry>();
  const carryOf = (phase: Phase): Carry => {
    const known = carries.get(phase) ?? new parts!.Carry!(memory, phase.carry!.sums);
    carries.set(phase, known);
    return known;
  };

  const runBlocks = (phase: Phase, group: number, first: number, end: number, ...[feed, counters, into]: Run): void => {
    const { stages = [], collects = [], carry: { every } = { every: Number.POSITIVE_INFINITY } } = phase;
    const carry = end - first > every ? carryOf(phase) : undefined;
    for (let block = first; block < end; block++) {
      if (block > first && (block - first) % every === 0) carry!.take(group);
      stager.stage(stages, block, feed, counters);
      phase.run(block, group, arena * FLOAT);
      for (const k of collects) {
        if (into?.[k]?.length) collect(memory, program.outputs[k]!, lanes, block, feed.count, into[k]!, arena);
      }
    }
    carry?.leave(group);
  };

  const runPhase: Share['runPhase'] = (phase, ...run) => {
    const { kind } = phase;
    if (kind === 'once') {
      if (!thread) phase.run(0);
      return;
    }
    const share = kind === 'parts' ? 1 : Math.ceil(run[0].count / lanes) / groups;
    for (let group = thread; group < groups; group += threads) {
      const [first, end] = [Math.ceil(group * share), Math.ceil((group + 1) * share)];
      if (kind === 'groups') phase.run(first, group, end);
      else runBlocks(phase, group, first, end, ...run);
    }
  };

  return {
    phases: executable[name]!,
    begin() {
      for (let group = thread; group < groups; group += threads) {
        for (const { offset, length, perGroup = 0 } of program.zero) {
          memory.fill(0, offset + group * perGroup, offset + group * perGroup + length);
        }
      }
    },
    runPhase,
  };
}
