/**
 * @file A kernel as WGSL. The rounds of its outer loops are invocations, of each block of images so many: `x` and `z` of the
 * grid count workgroups of invocations, `y` blocks. A sum over the batch is one invocation for each element and group of
 * blocks, which goes through the blocks of its group.
 */
import { InternalError } from '../../diagnostics/diagnostic.ts';
import type { Affine } from '../../ir/affine.ts';
import { hoistAddresses } from '../../loop/hoist-addresses.ts';
import type { Buffer, Kernel, Statement } from '../../loop/ir.ts';
import { BEGIN, PLACE_VECTORS } from './header.ts';
import { indented, nameOf, placeOf, printExpression, printStatements } from './print-statements.ts';
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

export function printKernel({ body, buffers, overBlocks }: Kernel): PrintedKernel {
  if (overBlocks) throw new InternalError('webgpu', 'a kernel runs over blocks by itself');
  if (2 * buffers.length >= 4 * PLACE_VECTORS) throw new InternalError('webgpu', 'a kernel has too many buffers');
  const sum = buffers.find((buffer) => body.some((statement) => isAddedTo(statement, buffer)));
  const base = (buffer: Buffer) => `${buffer.name}_at`;
  const hoisted = hoistAddresses(body, { baseVariable: base, unit: 1, foldNegative: false });
  const parts = splitGrid(hoisted);
  const size = parts.reduce((total, part) => total + part.size, 0);
  const bases = buffers.map((buffer, k) => {
    const [start, each] = [1 + 2 * k, 2 + 2 * k].map((at) => `place[${at >> 2}].${'xyzw'[at & 3]}`);
    return `let ${base(buffer)} = ${start} + ${buffer === sum ? 'group' : 'block'} * ${each};`;
  });
  const own = sum ? bases[buffers.indexOf(sum)]! : '';
  const others = bases.filter((line) => line !== own);
  const printed = parts.map((part) =>
    sum ? sumOverBlocks(part, others) : [...axesOf(part), ...printStatements(part.statements)],
  );
  const lines = sum
    ? [
        'let group = i32(workgroup.y);',
        'let first = (group * batch.blocks + batch.groups - 1) / batch.groups;',
        'let end = ((group + 1) * batch.blocks + batch.groups - 1) / batch.groups;',
        own,
      ]
    : ['let block = i32(workgroup.y);', ...bases];
  const text = `${BEGIN}${indented([GUARD, 'var id = id_;', ...lines, ...chosen(parts, printed)]).join('\n')}\n}\n`;
  return { text, size, sum: sum ? buffers.indexOf(sum) : -1 };
}

/** An update is not made where numbers have been seen that could overflow. */
const GUARD = 'if (place[0].x != 0 && atomicLoad(&greatest[0]) >= u32(place[0].x)) { return; }';

/** The part that the number of the invocation falls into. */
function chosen(parts: readonly Part[], printed: readonly (readonly string[])[]): string[] {
  return printed.flatMap((lines, k) => [
    `if (id < ${parts[k]!.size}) {`,
    ...indented(lines),
    '  return;',
    '}',
    ...(k + 1 < parts.length ? [`id -= ${parts[k]!.size};`] : []),
  ]);
}

function isAddedTo(statement: Statement, buffer: Buffer): boolean {
  if (statement.kind === 'loop') return statement.body.some((inner) => isAddedTo(inner, buffer));
  return statement.kind === 'store' && statement.mode === 'add' && statement.buffer === buffer;
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

/** Each store of the part adds to a local, which is stored when all blocks have been gone through. */
function sumOverBlocks(part: Part, bases: readonly string[]): string[] {
  const { statements } = part;
  if (statements.some((statement) => statement.kind === 'loop' && stores(statement)))
    throw new InternalError('webgpu', 'a sum over the batch is stored inside of a loop');
  const addresses: Affine[] = [];
  const lines = printStatements(statements, ({ address, value }) => {
    const k = addresses.push(address) - 1;
    return [`run_${k} += ${printExpression(value)};`];
  });
  const each = (text: (k: number) => string) => addresses.map((_, k) => text(k));
  return [
    ...axesOf(part),
    ...each((k) => `var total_${k} = 0f;`),
    ...each((k) => `var run_${k} = 0f;`),
    'for (var block = first; block < end; block += 1) {',
    ...indented([...bases, ...lines]),
    `  if ((block - first) % ${BLOCK_RUN} == ${BLOCK_RUN - 1}) {`,
    ...indented(
      each((k) => `total_${k} += run_${k}; run_${k} = 0f;`),
      2,
    ),
    '  }',
    '}',
    ...printStatements(integersFor(addresses, statements)),
    ...addresses.map((address, k) => `${placeOf(address)} = total_${k} + run_${k};`),
  ];
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
