/**
 * @file Files of every kind that is read, damaged: each is refused with a code, or read right. Nothing else is thrown, and where
 * the system tells, no more memory is taken than twice the file, and what the process needs anyway.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../../src/data/random.ts';
import { mutate } from './mutations.ts';
import { type Compared, makeSubjects, type Subject } from './subjects.ts';

export interface Counts {
  accepted: number;
  refused: number;
  /** Of those that were accepted: compared with what the file says. */
  compared: number;
  failures: { readonly mutant: number; readonly subject: string; readonly why: string }[];
  /** Most bytes that one took, less twice the file. */
  memory: number;
}

/** What collectors and compilers need beside the file. */
const SLACK = 48 * 2 ** 20;

/** Resident memory of the process: now, and at most since `forget`. */
const memory = {
  known: existsSync('/proc/self/clear_refs'),
  forget: () => writeFileSync('/proc/self/clear_refs', '5'),
  read(name: 'VmRSS' | 'VmHWM') {
    return 1024 * Number(new RegExp(`${name}:\\s*(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))![1]);
  },
};

async function watched(action: () => Promise<void>): Promise<number> {
  let before = 0;
  if (memory.known)
    try {
      memory.forget();
      before = memory.read('VmRSS');
    } catch {
      memory.known = false;
    }
  await action();
  return memory.known ? memory.read('VmHWM') - before : 0;
}

/** Whether it was compared with anything. */
function check(result: Compared | undefined): boolean {
  if (!result) return false;
  const [found, expected] = result;
  let same = found.length === expected.length;
  for (let k = 0; k < found.length && same; k++) same = Object.is(found[k]! + 0, expected[k]! + 0);
  if (same) return true;
  const some = (values: ArrayLike<number>) =>
    `${values.length} values ${Array.from({ length: 12 }, (_, k) => values[k])}`;
  throw new Error(`read as ${some(found)}, says ${some(expected)}`);
}

/** Reads one mutant of the subject. */
async function one(subject: Subject, random: Random, folder: string, counts: Counts, number: number): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const name = subject.mutated[random.below(subject.mutated.length)]!;
  const mutant = mutate(subject.files[name]!, random, subject.text ?? false);
  for (const [file, bytes] of Object.entries(subject.files))
    writeFileSync(join(folder, file), file === name ? mutant : bytes);
  const fail = (why: string) => counts.failures.push({ mutant: number, subject: `${subject.name}: ${name}`, why });
  const taken = await watched(async () => {
    try {
      if (check(await subject.read(folder, name))) counts.compared++;
      counts.accepted++;
    } catch (error) {
      const { code, stack } = error as { code?: unknown; stack?: string };
      if (typeof code === 'string' && /^CNN\d{4}$/.test(code)) counts.refused++;
      else fail(`${stack ?? error}`);
    }
  });
  const size = Object.values(subject.files).reduce((sum, { length }) => sum + length, mutant.length);
  counts.memory = Math.max(counts.memory, taken - 2 * size);
  if (taken > 2 * size + SLACK) fail(`took ${taken} bytes for a file of ${mutant.length}`);
}

/** Mutants `first` to `first + runs - 1` of the seed; each subject has its turn. */
export async function mutateFiles(
  runs: number,
  { seed = 1, first = 0, onRun }: { seed?: number; first?: number; onRun?: (mutant: number) => void } = {},
): Promise<Counts> {
  const place = mkdtempSync(join(tmpdir(), 'cnnc-mutants-'));
  const counts: Counts = { accepted: 0, refused: 0, compared: 0, failures: [], memory: 0 };
  try {
    const subjects = await makeSubjects(place);
    for (let mutant = first; mutant < first + runs; mutant++) {
      onRun?.(mutant);
      const subject = subjects[mutant % subjects.length]!;
      await one(subject, new Random(seed, `mutant.${mutant}`), join(place, 'mutant'), counts, mutant);
    }
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
  return counts;
}
