/**
 * @file Blocks and repeats of a network: of all windows that are alike those become a block that make the text shortest, again
 * and again, until nothing is worth it. What follows itself is repeated.
 */
import { valueText } from '../texts.ts';
import { nestJoins } from './nest-joins.ts';
import { joinOptionalSums } from './optional-sums.ts';
import { describe } from './parameters.ts';
import { type Block, type Body, isLayer, isPart, type Part, usersOf } from './parts.ts';
import { isShared, sharedLabels } from './shared-layers.ts';
import { groupsOf, type Window } from './windows.ts';

/** Estimates in characters: of a statement of its own, of a block around its body, of an application. */
const [STATEMENT, BLOCK, APPLICATION] = [14, 32, 14];
/** Less is not worth a block. */
const LEAST_SAVING = 60;
/** Layers that are applied again keep their names where a block has them. */
const SHARED = 200;
/** So many groups are looked at more closely. */
const CLOSER = 40;
const MOST_BLOCKS = 100;

/** The blocks, each behind those that it applies. Changes the body. */
export function findBlocks(body: Body): Block[] {
  nestJoins(body);
  const blocks: Block[] = [];
  while (blocks.length < MOST_BLOCKS) {
    const bodies = [body, ...blocks.map((block) => block.body)];
    const best = bestOf(groupsOf(bodies));
    if (!best) break;
    blocks.push(blockOf(best));
    replace(best, blocks.at(-1)!);
    for (const changed of bodies) mergeRuns(changed);
    for (const block of inOrder(blocks)) block.description = describe(block.body, true);
  }
  const joined = joinOptionalSums(body, blocks);
  for (const changed of [body, ...joined.map((block) => block.body)]) mergeRuns(changed);
  return inOrder(inlineSingle(body, joined));
}

function bestOf(groups: readonly Window[][]): Window[] | undefined {
  const candidates = groups
    .map((windows) => apart(windows))
    .filter((windows) => windows.length > 1 && (worthwhile(windows[0]!) || areOne(windows)))
    .map((windows) => ({
      windows,
      most: (windows.length - 1) * costOf(windows[0]!.parts) + (areOne(windows) ? SHARED : 0),
    }))
    .filter(({ most }) => most > LEAST_SAVING)
    .sort((a, b) => b.most - a.most)
    .slice(0, CLOSER);
  let best: { windows: Window[]; saving: number } | undefined;
  for (const { windows, most } of candidates) {
    if (best && most < best.saving) break;
    const saving = savingOf(windows);
    // Of equal ones the last has the longest path.
    if (saving >= Math.max(LEAST_SAVING, best?.saving ?? 0)) best = { windows, saving };
  }
  return best?.windows;
}

const isJoin = ({ operands }: Part): boolean => operands.filter(isPart).length > 1;

/** One layer alone is no block, nor are numbers without any. */
const worthwhile = ({ parts, labels }: Window): boolean =>
  labels.length > 0 && (parts.length > 2 || parts.some(isJoin));

/** Whether some of them are one block that is applied again. */
const areOne = (windows: readonly Window[]): boolean =>
  windows.some(
    ({ path, body }, k) => path !== undefined && path === windows[k - 1]?.path && body === windows[k - 1]!.body,
  );

/** Windows of a chain do not overlap. */
function apart(windows: readonly Window[]): Window[] {
  const ends = new Map<number, number>();
  return windows.filter(({ chain, start, end }) => {
    if (start < (ends.get(chain) ?? 0)) return false;
    ends.set(chain, end);
    return true;
  });
}

function costOf(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => {
    const own = part.arguments.reduce((length, { name = '', values, usual }) => {
      const text = valueText(values[0]!);
      return usual !== undefined && text === valueText(usual) ? length : length + name.length + text.length + 3;
    }, part.word.length + 4);
    const statement = isJoin(part) ? STATEMENT : 0;
    return sum + own + part.label.length + statement + (part.call ? APPLICATION : 0);
  }, 0);
}

/** Characters that the text becomes shorter. */
function savingOf(windows: readonly Window[]): number {
  const block = blockOf(windows);
  const { parameters } = block.description;
  const values = (instance: number) => parameters.map((parameter) => valueText(parameter.values[instance]!)).join();
  const application = APPLICATION + 5 * parameters.length;
  let saving = (areOne(windows) ? SHARED : 0) - BLOCK - costOf(windows[0]!.parts) - 10 * parameters.length;
  let [instance, before] = [0, undefined as { window: Window; values: string } | undefined];
  for (const window of windows) {
    const own = values(instance);
    const follows = before && follow(before.window, window) && before.values === own;
    saving += costOf(window.parts) - (follows ? 0 : application);
    instance += window.entry.steps.length;
    before = { window, values: own };
  }
  return saving;
}

const follow = (left: Window, right: Window): boolean =>
  left.chain === right.chain && left.end === right.start && counts(left.path, right.path, 1);

/** Whether the second path is the first with a number that is greater by so many; paths that are free are all numbers. */
function counts(left: string | undefined, right: string | undefined, by: number): boolean {
  if (left === undefined || right === undefined) return left === right;
  const [a, b] = [left, right].map((path) => /^(.*?)(\d+)$/.exec(path));
  return a?.[1] !== undefined && a[1] === b?.[1] && Number(a[2]) + by === Number(b![2]);
}

function blockOf(windows: readonly Window[]): Block {
  const [first] = windows as [Window];
  const input: Part = {
    form: 'input',
    word: 'in',
    operands: [],
    arguments: [],
    steps: windows.flatMap(({ entry }) => entry.steps),
    label: '',
    free: true,
  };
  const made = new Map<Part, Part>([[first.entry, input]]);
  let layer = 0;
  first.parts.forEach((part, k) => {
    const all = windows.map(({ parts }) => parts[k]!);
    made.set(part, {
      ...part,
      operands: part.operands.map((operand) => (isPart(operand) ? made.get(operand)! : operand)),
      arguments: part.arguments.map((argument, a) => ({
        ...argument,
        values: all.flatMap((other) => other.arguments[a]!.values),
      })),
      steps: all.flatMap(({ steps }) => steps),
      ...(part.call && { call: { ...part.call, rounds: all.flatMap(({ call }) => call!.rounds) } }),
      ...(isLayer(part) && { label: first.labels[layer++] || part.label }),
    });
  });
  const parts = [...made.values()];
  const body = { inputs: [input], parts, results: [parts.at(-1)!] };
  const description = describe(body, true);
  return { body, instances: input.steps.length, description, ...(first.path !== undefined && { path: first.path }) };
}

/** Applies the block where its windows were. */
function replace(windows: readonly Window[], block: Block): void {
  let instance = 0;
  // One may begin where the one before ends.
  const calls = new Map<Part, Part>();
  for (const { body, entry, parts, path } of windows) {
    const end = parts.at(-1)!;
    const call: Part = {
      form: 'stage',
      word: '',
      operands: [calls.get(entry) ?? entry],
      arguments: [],
      steps: end.steps,
      label: path ?? 'block',
      free: path === undefined,
      call: { block, rounds: end.steps.map((_, k) => [instance + k]) },
    };
    instance += end.steps.length;
    calls.set(end, call);
    substitute(body, new Set(parts), end, [call]);
  }
}

/** Puts others in the place of some parts; the last of them gives what `end` gave. */
function substitute(body: Body, gone: ReadonlySet<Part>, end: Part, others: readonly Part[]): void {
  const last = others.at(-1)!;
  body.parts = body.parts.flatMap((part) => (part === end ? others : gone.has(part) ? [] : [part]));
  for (const part of body.parts)
    if (part.operands.includes(end)) part.operands = part.operands.map((operand) => (operand === end ? last : operand));
  body.results = body.results.map((result) => (result === end ? last : result));
}

/** Blocks that follow each other with the same values, and with names that count on, are repeated. */
function mergeRuns(body: Body): void {
  const shared = sharedLabels(body);
  for (const part of [...body.parts]) {
    const [before] = part.operands;
    if (!part.call || before === undefined || !isPart(before) || before.call?.block !== part.call.block) continue;
    if (usersOf(body).get(before)!.length > 1 || !continues(before, part)) continue;
    if (isShared(before, shared) || isShared(part, shared)) continue;
    const others = part.call.rounds;
    const rounds = before.call.rounds.map((own, k) => [...own, ...others[k]!]);
    const merged: Part = { ...part, operands: before.operands, label: before.label, call: { ...part.call, rounds } };
    substitute(body, new Set([before, part]), part, [merged]);
  }
}

function continues(before: Part, part: Part): boolean {
  const { block, rounds } = before.call!;
  const [count] = rounds.map(({ length }) => length);
  if (rounds.some(({ length }) => length !== count) || before.free !== part.free) return false;
  if (!before.free && !counts(before.label, part.label, count!)) return false;
  return rounds.every((own, k) =>
    block.description.parameters.every(
      ({ values }) => valueText(values[own[0]!]!) === valueText(values[part.call!.rounds[k]![0]!]!),
    ),
  );
}

/** A block that stands in one place, once, is written there. */
function inlineSingle(root: Body, blocks: readonly Block[]): Block[] {
  let kept = [...blocks];
  for (const block of blocks) {
    const bodies = [root, ...kept.map((other) => other.body)];
    const places = bodies.flatMap((body) =>
      body.parts.flatMap((part) => (part.call?.block === block ? [{ body, part }] : [])),
    );
    const [place] = places;
    if (places.length !== 1 || place!.part.call!.rounds.some(({ length }) => length !== 1)) continue;
    inline(place!.body, place!.part, block);
    kept = kept.filter((other) => other !== block);
  }
  return kept;
}

function inline(body: Body, place: Part, { body: { parts } }: Block): void {
  const instances = place.call!.rounds.map(([instance]) => instance!);
  const made = new Map<Part, Part>([[parts[0]!, place.operands[0] as Part]]);
  for (const part of parts.slice(1)) {
    const free = part.free || place.free;
    made.set(part, {
      ...part,
      operands: part.operands.map((operand) => (isPart(operand) ? made.get(operand)! : operand)),
      arguments: part.arguments.map((argument) => ({
        ...argument,
        values: instances.map((instance) => argument.values[instance]!),
      })),
      steps: instances.map((instance) => part.steps[instance]!),
      ...(part.call && { call: { ...part.call, rounds: instances.map((instance) => part.call!.rounds[instance]!) } }),
      label: isLayer(part) && !free ? `${place.label}.${part.label}` : part.label,
      free,
    });
  }
  substitute(body, new Set([place]), place, [...made.values()].slice(1));
}

/** Each behind those that it applies. */
function inOrder(blocks: readonly Block[]): Block[] {
  const found = new Set<Block>();
  const visit = (block: Block): void => {
    if (found.has(block)) return;
    for (const { call } of block.body.parts) if (call) visit(call.block);
    found.add(block);
  };
  blocks.forEach(visit);
  const order = [...found];
  for (const block of order) block.description = describe(block.body, true);
  return order;
}
