/**
 * @file Kernels that several threads run together, as they do for a single image: each takes a share of the rounds of a loop over
 * the result, so that every number is computed by one thread, in the order in which one thread alone would. Where a kernel
 * has several loops side by side, such as those at the borders of a map, each is divided.
 */
import { elementCount, formulaOf, type Node } from '../ir/graph.ts';
import { reductionOf } from '../ir/scalar.ts';
import type { Kernel, Statement } from '../loop/ir.ts';

/** The most threads of a module: what rows of tiles hold between their formulas exists once for each. */
export const MOST_THREADS = 8;

/** Terms, some microseconds, below which waiting for each other costs what is gained. */
const LEAST_TERMS = 2 ** 16;

/** Rounds of which a few threads have nearly equal shares. The outermost loop has most of what lies side by side in each share. */
const EVEN = 6;

type Loop = Extract<Statement, { kind: 'loop' }>;

export function divideWork(kernel: Kernel, nodes: readonly Node[]): Kernel {
  const terms = nodes.reduce((most, node) => Math.max(most, termsOf(node)), 0);
  if (terms < LEAST_TERMS || kernel.overBlocks || addsToMemory(kernel.body)) return kernel;
  const body = kernel.body.map((statement) => (statement.kind === 'loop' ? divided(statement) : statement));
  return body.some((statement, k) => statement !== kernel.body[k]) ? { ...kernel, body, divided: true } : kernel;
}

function termsOf(node: Node): number {
  const { axes, body } = formulaOf(node)!;
  return elementCount([...axes, ...(reductionOf(body)?.axes ?? [])].map(({ extent }) => extent));
}

function addsToMemory(statements: readonly Statement[]): boolean {
  return statements.some((one) =>
    one.kind === 'loop' ? addsToMemory(one.body) : one.kind === 'store' && one.mode === 'add',
  );
}

/** The outermost loop that has rounds enough is divided, or that with most of them; a sum never is. */
function divided(loop: Loop): Loop {
  const loops = nested(loop);
  const most = Math.max(...loops.map(roundsOf));
  const chosen = loops.find((one) => roundsOf(one) >= Math.min(EVEN, most));
  return chosen && most > 1 ? withDivided(loop, chosen) : loop;
}

/** The loop and those inside it, as long as nothing but the next one is done in each. */
function nested(loop: Loop): Loop[] {
  if (!loop.free) return [];
  const inner = loop.body.filter((statement) => statement.kind === 'loop');
  const others = loop.body.filter(({ kind }) => kind !== 'loop' && kind !== 'let' && kind !== 'int');
  return [loop, ...(inner.length === 1 && others.length === 0 ? nested(inner[0]!) : [])];
}

function withDivided(loop: Loop, chosen: Loop): Loop {
  if (loop === chosen) return { ...loop, divided: true };
  return { ...loop, body: loop.body.map((one) => (one.kind === 'loop' ? withDivided(one, chosen) : one)) };
}

function roundsOf({ from, to, step }: Loop): number {
  return Math.ceil((to[0]!.affine.constant - from[0]!.affine.constant) / step);
}
