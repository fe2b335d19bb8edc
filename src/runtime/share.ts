/**
 * @file One thread's share of the runs of a program: it clears the sums of its groups, walks the phases block by block,
 * stages the images of a block just before it runs and collects its outputs just after. A single thread has all groups.
 */

import type { Compiled, Executable, Phase, ProgramName } from './executable.ts';
import type { Feed, StageAugmented } from './feed.ts';
import { type Counters, collect, Stager } from './staging.ts';

export type ShareSource = Pick<Compiled, 'network' | 'lanes' | 'groups' | 'arenaLength' | 'programs'>;

export interface Share {
  readonly phases: readonly Phase[];
  begin(): void;
  /** Before the next phase, threads must wait for each other. */
  runPhase(phase: Phase, feed: Feed, counters: Counters, into?: readonly Float32Array[]): void;
}

const FLOAT = 4;

/** Shares of all programs by name. The first of one thread unless told otherwise: everything. */
export function makeShares(
  compiled: ShareSource,
  memory: Float32Array,
  executable: Pick<Executable, ProgramName>,
  stageAugmented: StageAugmented | undefined,
  thread?: number,
  threads?: number,
): Record<ProgramName, Share> {
  const share = (name: ProgramName) => makeShare(compiled, memory, executable, stageAugmented, name, thread, threads);
  return { train: share('train'), evaluate: share('evaluate'), predict: share('predict') };
}

function makeShare(
  compiled: ShareSource,
  memory: Float32Array,
  executable: Pick<Executable, ProgramName>,
  stageAugmented: StageAugmented | undefined,
  name: ProgramName,
  thread = 0,
  threads = 1,
): Share {
  const { lanes, groups = 1, arenaLength = 0 } = compiled;
  const program = compiled.programs[name];
  const arena = thread * arenaLength;
  const stager = new Stager(compiled, program, memory, arena, stageAugmented);

  const runPhase: Share['runPhase'] = (phase, feed, counters, into) => {
    const { kind, stages, collects } = phase;
    if (kind === 'once') {
      if (!thread) phase.run(0);
      return;
    }
    const share = kind === 'parts' ? 1 : Math.ceil(feed.count / lanes) / groups;
    for (let group = thread; group < groups; group += threads) {
      let block = Math.ceil(group * share);
      const end = Math.ceil((group + 1) * share);
      if (kind === 'groups') phase.run(block, group, end);
      else
        for (; block < end; block++) {
          stager.stage(stages, block, feed, counters);
          phase.run(block, group, arena * FLOAT);
          for (const k of collects) {
            if (into?.[k]?.length) collect(memory, program.outputs[k]!, lanes, block, feed.count, into[k]!, arena);
          }
        }
    }
  };

  return {
    phases: executable[name],
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
