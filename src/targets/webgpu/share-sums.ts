/**
 * @file Long sums that few invocations would have to themselves. A workgroup shares each of them: some take every n-th round of
 * the loops within a block, some every n-th block, and their sums are added up in a fixed tree.
 */
import { affineAdd, affineConstant, affineEqual } from '../../ir/affine.ts';
import { type BoundTerm, type Expression, operandsOf, type Statement } from '../../loop/ir.ts';
import { WORKGROUP } from './header.ts';
import type { SharedLoops } from './print-statements.ts';
import { type Part, stores } from './split-grid.ts';

/** How the invocations that share the sums of a part divide their work: powers of two. */
export interface Sharing {
  /** Of the rounds of its loops. */
  readonly rounds: number;
  /** Of the blocks. */
  readonly blocks: number;
  readonly loops: SharedLoops;
}

/** Invocations of a group from which on a graphics card has enough to do: more would only have to be added up. */
const ENOUGH = 32768;

/** The same of one block, or of all where there are no blocks; most kernels run over dozens of blocks at once. */
const ENOUGH_IN_BLOCK = 256;
const ENOUGH_AT_ONCE = 4096;

/** Rounds that are left to each who shares, at least: else adding up takes longer than the sum. */
const LEAST_ROUNDS = 8;
const LEAST_SHARERS = 4;

/** Who shares blocks beyond that finds few of them. */
const MOST_BLOCKS = 16;

/** Rounds of loops in a block, below which it does not pay to wait for each other. */
export const WORTH_SHARING = 64;

export interface SharedSums {
  /** Invocations that share each sum of a kernel. */
  readonly sharers: number;
  /** How, part by part. */
  readonly sharings: readonly Sharing[];
}

const sizeOf = (parts: readonly Part[]) => sumOf(parts, ({ size }) => size);

/** Sums within a block, or of a kernel that knows no blocks: nobody shares blocks. */
export function shareReductions(parts: readonly Part[], inBlock: boolean, worth: number): SharedSums {
  const reductions = parts.map(({ statements }) => splitReduction(statements).before);
  const longest = reductions.map((before) => {
    const chosen = before.filter(isLoop).map(longestIn);
    return onlyReduces(before) && isSumOfRounds(before, chosen, new Set()) ? chosen : [];
  });
  const rounds = longest.map((chosen) => (chosen.length > 0 ? Math.min(...chosen.map(roundsOf)) : 1));
  const all = Math.min(...reductions.map((before) => sumOf(before.filter(isLoop), allRounds)));
  const wanted = (inBlock ? ENOUGH_IN_BLOCK : ENOUGH_AT_ONCE) / sizeOf(parts);
  const most = powerNear(Math.min(WORKGROUP, ...rounds, wanted, all / LEAST_ROUNDS));
  const sharers = all >= worth && most >= LEAST_SHARERS ? most : 1;
  const sharings = longest.map((chosen) => ({
    rounds: sharers,
    blocks: 1,
    loops: new Map(chosen.map((loop) => [loop, sharers])),
  }));
  return { sharers, sharings };
}

/** Nothing is stored before all loops have been gone through, and nothing made of their sums. */
function onlyReduces(statements: readonly Statement[]): boolean {
  const sums = new Set(statements.flatMap((statement) => (statement.kind === 'var' ? [statement.name] : [])));
  return statements.every((statement) => {
    if (statement.kind === 'let' || statement.kind === 'var') return !reads(statement.value, sums);
    return statement.kind === 'int' || statement.kind === 'loop';
  });
}

/** Up to the last loop that reduces, and what is made of its sums. */
export function splitReduction(statements: readonly Statement[]): {
  readonly before: readonly Statement[];
  readonly after: readonly Statement[];
} {
  const last = statements.findLastIndex((statement) => isLoop(statement) && !stores(statement));
  return { before: statements.slice(0, last + 1), after: statements.slice(last + 1) };
}

/** Over blocks. */
export function shareSums(parts: readonly Part[], worth: number): SharedSums {
  const loops = parts.map(({ statements }) => statements.filter(isLoop));
  const longest = parts.map(({ statements }, k) => {
    const chosen = loops[k]!.map(longestIn);
    return chosen.length > 0 && isSumOfRounds(statements, chosen, new Set()) ? chosen : [];
  });
  const rounds = longest.map((chosen) => (chosen.length > 0 ? Math.min(...chosen.map(roundsOf)) : 1));
  const isWorth = loops.some((some) => sumOf(some, allRounds) >= worth);
  const most = MOST_BLOCKS * Math.max(...rounds);
  const sharers = isWorth ? powerNear(Math.min(WORKGROUP, most, Math.ceil(ENOUGH / sizeOf(parts)))) : 1;
  const sharings = longest.map((chosen, k) => {
    const own = Math.min(sharers, powerNear(rounds[k]!));
    return { rounds: own, blocks: sharers / own, loops: new Map(chosen.map((loop) => [loop, own])) };
  });
  return { sharers, sharings };
}

type Loop = Extract<Statement, { kind: 'loop' }>;

const isLoop = (statement: Statement): statement is Loop => statement.kind === 'loop';

const sumOf = <Item>(items: readonly Item[], size: (item: Item) => number) =>
  items.reduce((sum, item) => sum + size(item), 0);

/** The nearest power of two. */
function powerNear(value: number): number {
  return 2 ** Math.round(Math.log2(Math.max(1, value)));
}

/** Of loops one inside the other, the one with the most rounds; the innermost of several: its neighbours in memory are read side by side. */
function longestIn(loop: Loop): Loop {
  const [inner, ...others] = loop.body.filter(isLoop);
  if (!inner || others.length > 0) return loop;
  const longest = longestIn(inner);
  return roundsOf(longest) >= roundsOf(loop) ? longest : loop;
}

/** At most, as far as that is a number; else 1. */
function roundsOf({ from, to, step }: Loop): number {
  const lengths = to.flatMap((end) => from.flatMap((first) => distance(first, end)));
  return lengths.length > 0 ? Math.max(0, Math.ceil(Math.min(...lengths) / step)) : 1;
}

/** Between bounds that differ by a number. */
function distance(from: BoundTerm, to: BoundTerm): number[] {
  const length = to.affine.constant - from.affine.constant;
  const isAlike = to.divisor === from.divisor && affineEqual(to.affine, affineAdd(from.affine, affineConstant(length)));
  return isAlike ? [length / to.divisor] : [];
}

function allRounds({ body, ...loop }: Loop): number {
  return roundsOf({ ...loop, body }) * Math.max(1, sumOf(body.filter(isLoop), allRounds));
}

/**
 * What shared loops add up is what the rounds add: locals begin at 0, the loops only add to them, and what is made of them
 * around the loops is linear. Then each of those who share may do all that is around the loops with what it has.
 */
function isSumOfRounds(statements: readonly Statement[], shared: readonly Loop[], sums: Set<string>): boolean {
  return statements.every((statement) => {
    switch (statement.kind) {
      case 'int':
        return true;
      case 'let':
      case 'var': {
        const { kind, name, value } = statement;
        if (kind === 'let' && !reads(value, sums)) return true;
        const isFine = (value.kind === 'constant' && value.value === 0) || isLinear(value, sums);
        sums.add(name);
        return isFine;
      }
      case 'loop':
        if (shared.includes(statement)) return onlyAdds(statement.body, sums);
        return !stores(statement) && isSumOfRounds(statement.body, shared, sums);
      default:
        return isLinear(statement.value, sums);
    }
  });
}

function onlyAdds(body: readonly Statement[], sums: ReadonlySet<string>): boolean {
  return body.every((statement) => {
    switch (statement.kind) {
      case 'loop':
        return onlyAdds(statement.body, sums);
      case 'int':
        return true;
      case 'store':
        return false;
      case 'assign':
        return sums.has(statement.name) ? isAddition(statement, sums) : !reads(statement.value, sums);
      default:
        return !reads(statement.value, sums);
    }
  });
}

/** `sum = sum + …` */
function isAddition({ name, value }: Extract<Statement, { kind: 'assign' }>, sums: ReadonlySet<string>): boolean {
  if (value.kind !== 'arithmetic' || value.operator !== '+') return false;
  return value.left.kind === 'local' && value.left.name === name && !reads(value.right, sums);
}

function isLinear(value: Expression, sums: ReadonlySet<string>): boolean {
  if (value.kind === 'local') return sums.has(value.name);
  if (value.kind === 'laneSum') return isLinear(value.operand, sums);
  if (value.kind !== 'arithmetic') return false;
  const { operator, left, right } = value;
  if (operator === '+' || operator === '-') return isLinear(left, sums) && isLinear(right, sums);
  if (operator === '/') return isLinear(left, sums) && !reads(right, sums);
  return (isLinear(left, sums) && !reads(right, sums)) || (isLinear(right, sums) && !reads(left, sums));
}

function reads(value: Expression, sums: ReadonlySet<string>): boolean {
  if (value.kind === 'local') return sums.has(value.name);
  return operandsOf(value).some((operand) => reads(operand, sums));
}
