/**
 * @file A kernel as WGSL. The rounds of its outer loops are invocations, of each block of images so many: `x` and `z` of the
 * grid count workgroups of invocations, `y` blocks. A sum over the batch is one invocation for each element and group of
 * blocks, which goes through the blocks of its group; or several, which share that work, see `share-sums.ts`.
 */
import { InternalError } from '../../diagnostics/diagnostic.ts';
import type { Affine } from '../../ir/affine.ts';
import { hoistAddresses } from '../../loop/hoist-addresses.ts';
import type { Buffer, Kernel, Statement } from '../../loop/ir.ts';
import { BEGIN, PLACE_VECTORS, WORKGROUP } from './header.ts';
import { readsApart } from './neighbours.ts';
import {
  indented,
  nameOf,
  type PrintStore,
  placeOf,
  printExpression,
  printStatements,
  TURN,
} from './print-statements.ts';
import {
  type SharedSums,
  type Sharing,
  shareReductions,
  shareSums,
  splitReduction,
  WORTH_SHARING,
} from './share-sums.ts';
import { namesIn, type Part, splitGrid, stores } from './split-grid.ts';

export interface PrintedKernel {
  /** A function `kernel`. */
  readonly text: string;
  /** Invocations, of each block or group of blocks. */
  readonly size: number;
  /** The number of the buffer that it adds to: a sum over the batch, once for each group; -1 for none. */
  readonly sum: number;
}

/** Blocks whose sums are added up before they go on in a second sum. */
const BLOCK_RUN = 16;

/** `sums`: over the batch, even where no term is left of it. `worth`: rounds of a sum from which on it is shared. */
export function printKernel(
  { body, buffers, overBlocks }: Kernel,
  sums: boolean,
  worth = WORTH_SHARING,
): PrintedKernel {
  if (overBlocks) throw new InternalError('webgpu', 'a kernel runs over blocks by itself');
  if (2 * buffers.length >= 4 * PLACE_VECTORS) throw new InternalError('webgpu', 'a kernel has too many buffers');
  const sum = sums ? buffers.find((buffer) => body.some((statement) => isStoredTo(statement, buffer))) : undefined;
  const base = (buffer: Buffer) => `${buffer.name}_at`;
  const hoisted = hoistAddresses(body, { baseVariable: base, unit: 1, foldNegative: false });
  const parts = splitGrid(hoisted);
  const apart = (share: (some: readonly Part[]) => SharedSums) => {
    const whole = splitGrid(body);
    return readsApart(whole, share(whole));
  };
  const size = parts.reduce((total, part) => total + part.size, 0);
  const bases = buffers.map((buffer, k) => {
    const [start, each] = [1 + 2 * k, 2 + 2 * k].map((at) => `place[${at >> 2}].${'xyzw'[at & 3]}`);
    return `let ${base(buffer)} = ${start} + ${buffer === sum ? 'group' : 'block'} * ${each};`;
  });
  if (sum) {
    const own = bases[buffers.indexOf(sum)]!;
    const others = bases.filter((line) => line !== own);
    const share = (some: readonly Part[]) => shareSums(some, worth);
    const shared = share(parts);
    const ofBlocks = parts.map((part, k) => sumOverBlocks(part, shared.sharings[k]!, others));
    const sharers = { count: shared.sharers, apart: apart(share) };
    const text = printSums(parts, ofBlocks, sharers, [...GROUP, own], []);
    return { text, size: size * shared.sharers, sum: buffers.indexOf(sum) };
  }
  const inBlock = buffers.some(({ variance }) => variance === 'varying');
  const share = (some: readonly Part[]) => shareReductions(some, inBlock, worth);
  const { sharers, sharings } = share(parts);
  const begin = ['let block = i32(workgroup.y);', ...bases];
  if (sharers > 1) {
    const sums = parts.map((part, k) => sumInBlock(part, sharings[k]!));
    const text = printSums(parts, sums, { count: sharers, apart: apart(share) }, begin, [GUARD]);
    return { text, size: size * sharers, sum: -1 };
  }
  const printed = parts.map((part) => [...axesOf(part), ...printStatements(part.statements)]);
  return { text: functionOf([GUARD, 'var id = id_;', ...begin, ...chosen(parts, printed)]), size, sum: -1 };
}

/** Blocks of a group, from one to another. */
const GROUP = [
  'let group = i32(workgroup.y);',
  'let first = (group * batch.blocks + batch.groups - 1) / batch.groups;',
  'let end = ((group + 1) * batch.blocks + batch.groups - 1) / batch.groups;',
];

function functionOf(lines: readonly string[]): string {
  return `${BEGIN}${indented(lines).join('\n')}\n}\n`;
}

/** An update is not made where numbers have been seen that could overflow. */
const GUARD = 'if (place[0].x != 0 && atomicLoad(&greatest[0]) >= u32(place[0].x)) { return; }';

/** What the part does that the number of the invocation falls into; there it counts within the part. */
function chosen(parts: readonly Part[], printed: readonly (readonly string[])[]): string[] {
  let before = 0;
  return printed.flatMap((lines, k) => {
    const first = before;
    before += parts[k]!.size;
    const own = first > 0 ? [`id -= ${first};`, ...lines] : lines;
    return [`${k > 0 ? '} else ' : ''}if (id < ${before}) {`, ...indented(own), ...(k + 1 < parts.length ? [] : ['}'])];
  });
}

function isStoredTo(statement: Statement, buffer: Buffer): boolean {
  if (statement.kind === 'loop') return statement.body.some((inner) => isStoredTo(inner, buffer));
  return statement.kind === 'store' && statement.buffer === buffer;
}

/** The place of the invocation on every axis; the last axis is walked fastest, so that neighbours lie side by side. */
function axesOf({ axes }: Part): string[] {
  let inner = 1;
  const lines: string[] = [];
  for (const [k, { variable, from, step, count }] of [...axes.entries()].reverse()) {
    const passed = inner === 1 ? 'id' : `id / ${inner}`;
    const number = k === 0 ? passed : `${inner === 1 ? passed : `(${passed})`} % ${count}`;
    const scaled = step === 1 ? number : `(${number}) * ${step}`;
    lines.push(`let ${nameOf(variable)} = ${from === 0 ? scaled : `${scaled} + ${from}`};`);
    inner *= count;
  }
  return lines.reverse();
}

/** Sums of a part, of which each who shares them has some terms. */
interface Sums {
  readonly axes: readonly string[];
  /** Adds up what is one's own. */
  readonly adds: readonly string[];
  readonly totals: readonly string[];
  /** What is made of the whole sums; without the axes. */
  readonly uses: (total: (k: number) => string) => string[];
}

/** How many share a sum, and whether they are apart: see `Readers`. */
interface Sharers {
  readonly count: number;
  readonly apart: boolean;
}

/** `begin` holds for all invocations, `guard` before anything is stored. */
function printSums(
  parts: readonly Part[],
  sums: readonly Sums[],
  { count: sharers, apart }: Sharers,
  begin: readonly string[],
  guard: readonly string[],
): string {
  if (sharers === 1) {
    const printed = sums.map(({ axes, adds, uses, totals }) => [...axes, ...adds, ...uses((k) => totals[k]!)]);
    return functionOf(['var id = id_;', ...begin, ...chosen(parts, printed)]);
  }
  const most = Math.max(...sums.map(({ totals }) => totals.length));
  const each = (text: (k: number) => string) => Array.from({ length: most }, (_, k) => text(k));
  const place = (k: number, at: string) => `partial[${k === 0 ? at : `${k * WORKGROUP} + ${at}`}]`;
  const adds = sums.map(({ axes, adds, totals }) => [
    ...axes,
    ...adds,
    ...totals.map((total, k) => `${place(k, 'mine')} = ${total};`),
  ]);
  const uses = sums.map((sum) => [...sum.axes, ...sum.uses((k) => place(k, 'mine'))]);
  const distance = apart ? WORKGROUP / sharers : 1;
  const [sharer, sum] = apart
    ? [`mine / ${distance}`, `(id_ - mine) / ${sharers} + mine % ${distance}`]
    : [`id_ % ${sharers}`, `id_ / ${sharers}`];
  const lines = [
    'let mine = i32(local);',
    `let sharer = ${sharer};`,
    ...begin,
    `var id = ${sum};`,
    ...chosen(parts, adds),
    `for (var others = ${sharers / 2}; others > 0; others /= 2) {`,
    '  workgroupBarrier();',
    '  if (sharer < others) {',
    ...indented(
      each((k) => `${place(k, 'mine')} += ${place(k, apart ? `mine + others * ${distance}` : 'mine + others')};`),
      2,
    ),
    '  }',
    '}',
    'if (sharer > 0) { return; }',
    ...guard,
    `id = ${sum};`,
    ...chosen(parts, uses),
  ];
  return `${functionOf(lines)}var<workgroup> partial: array<f32, ${most * WORKGROUP}>;\n`;
}

/** Sums within a block: what is made of them needs what was computed before, too. */
function sumInBlock(part: Part, { loops }: Sharing): Sums {
  const { before, after } = splitReduction(part.statements);
  const sums = before.filter((statement) => statement.kind === 'var');
  return {
    axes: axesOf(part),
    adds: [`let ${TURN} = sharer;`, ...printStatements(before, undefined, loops)],
    totals: sums.map((sum) => printExpression({ ...sum, kind: 'local' })),
    uses: (total) => [
      ...printStatements(before.filter(({ kind }) => kind !== 'loop')),
      ...sums.map(({ name }, k) => `${nameOf(name)} = ${total(k)};`),
      ...printStatements(after),
    ],
  };
}

/** Each store of the part adds to a local; it is stored when all blocks have been gone through. */
function sumOverBlocks(part: Part, { rounds, blocks, loops }: Sharing, bases: readonly string[]): Sums {
  const { statements } = part;
  if (statements.some((statement) => statement.kind === 'loop' && stores(statement)))
    throw new InternalError('webgpu', 'a sum over the batch is stored inside of a loop');
  const addresses: Affine[] = [];
  const addToRun: PrintStore = ({ address, value }) => {
    const k = addresses.push(address) - 1;
    return [`run_${k} += ${printExpression(value)};`];
  };
  const lines = printStatements(statements, addToRun, loops);
  const each = (text: (k: number) => string) => addresses.map((_, k) => text(k));
  const [from, passed] =
    blocks === 1 ? ['first', 'block - first'] : [`first + sharer / ${rounds}`, `(block - first) / ${blocks}`];
  const adds = [
    ...(rounds > 1 ? [`let ${TURN} = ${blocks > 1 ? `sharer % ${rounds}` : 'sharer'};`] : []),
    ...each((k) => `var total_${k} = 0f;`),
    ...each((k) => `var run_${k} = 0f;`),
    `for (var block = ${from}; block < end; block += ${blocks}) {`,
    ...indented([...bases, ...lines]),
    `  if ((${passed}) % ${BLOCK_RUN} == ${BLOCK_RUN - 1}) {`,
    ...indented(
      each((k) => `total_${k} += run_${k}; run_${k} = 0f;`),
      2,
    ),
    '  }',
    '}',
  ];
  return {
    axes: axesOf(part),
    adds,
    totals: each((k) => `total_${k} + run_${k}`),
    uses: (total) => [
      ...printStatements(integersFor(addresses, statements)),
      ...addresses.map((address, k) => `${placeOf(address)} = ${total(k)};`),
    ],
  };
}

/** The integers that addresses are made of. */
function integersFor(addresses: readonly Affine[], statements: readonly Statement[]): Statement[] {
  const needed = new Set(addresses.flatMap(({ terms }) => terms.map(([name]) => name)));
  const found: Statement[] = [];
  for (const statement of [...statements].reverse()) {
    if (statement.kind !== 'int' || !needed.has(statement.name)) continue;
    for (const name of namesIn(statement)) needed.add(name);
    found.unshift(statement);
  }
  return found;
}
