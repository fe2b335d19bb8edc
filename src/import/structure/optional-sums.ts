/**
 * @file A block that is applied alone where channels change, and within a sum with what flows in where they do not, is one block:
 * `return if in.channels == main.channels { in + main } else { main }`. So networks of inverted residuals are chains of one block.
 */
import { type Block, type Body, isLayer, isPart, type Part } from './parts.ts';

/** A block that is `in + Inner(in)`. */
interface Sum {
  readonly outer: Block;
  /** The application of the inner one. */
  readonly call: Part & { readonly call: NonNullable<Part['call']> };
}

/** The blocks without those that became one with another. Changes the bodies. */
export function joinOptionalSums(root: Body, blocks: readonly Block[]): Block[] {
  let kept = [...blocks];
  for (const outer of blocks) {
    const sum = kept.includes(outer) ? sumOf(outer) : undefined;
    const made = sum && joinedBlock(sum, [root, ...kept.map(({ body }) => body)]);
    if (!made) continue;
    kept = [...kept.filter((block) => block !== outer && block !== sum.call.call.block), made];
  }
  return kept;
}

function sumOf(outer: Block): Sum | undefined {
  const { parts, inputs, results } = outer.body;
  const [input] = inputs;
  const [, call, sum] = parts;
  if (parts.length !== 3 || !call?.call || call.free || call.operands[0] !== input || results[0] !== sum)
    return undefined;
  if (sum!.form !== 'infix' || sum!.word !== '+') return undefined;
  if (!sum!.operands.includes(input!) || !sum!.operands.includes(call)) return undefined;
  if (call.call.rounds.some(({ length }) => length !== 1)) return undefined;
  return { outer, call: { ...call, call: call.call } };
}

function joinedBlock({ outer, call }: Sum, bodies: readonly Body[]): Block | undefined {
  const { block: inner, rounds } = call.call;
  const places = bodies.flatMap((body) =>
    body.parts.flatMap((part) =>
      part.call?.block === outer || (part.call?.block === inner && body !== outer.body) ? [{ body, part }] : [],
    ),
  );
  const alone = places.filter(({ part }) => part.call!.block === inner);
  const end = `.${call.label}`;
  if (alone.length === 0 || alone.some(({ part }) => part.free || !part.label.endsWith(end))) return undefined;
  if (inner.body.parts.some((part) => isLayer(part) && part.free)) return undefined;
  // Another layer may have the name that is left.
  const isTaken = ({ body, part }: { body: Body; part: Part }) =>
    body.parts.some(({ label }) => label === part.label.slice(0, -end.length));
  if (alone.some(isTaken)) return undefined;
  const adds = new Set(rounds.flat());
  const keeps = (k: number) => widthAt(inner.body.inputs[0]!, k) === widthAt(inner.body.results[0]!, k);
  for (let k = 0; k < inner.instances; k++) if (keeps(k) !== adds.has(k)) return undefined;
  const made: Block = { ...inner, body: { ...behind(inner.body, call.label), adds: true } };
  for (const { body, part } of places) {
    const own = part.call!;
    const isOuter = own.block === outer;
    const instances = isOuter ? own.rounds.map((list) => list.map((k) => rounds[k]![0]!)) : own.rounds;
    const label = isOuter ? part.label : part.label.slice(0, -end.length);
    exchange(body, part, { ...part, label, call: { block: made, rounds: instances } });
  }
  return made;
}

const widthAt = ({ steps }: Part, instance: number): number => steps[instance]!.shape[0]!;

/** The body with its layers below a path. */
function behind(body: Body, path: string): Body {
  const made = new Map<Part, Part>();
  for (const part of body.parts) {
    const operands = part.operands.map((operand) => (isPart(operand) ? made.get(operand)! : operand));
    made.set(part, { ...part, operands, ...(isLayer(part) && { label: `${path}.${part.label}` }) });
  }
  const of = (part: Part) => made.get(part)!;
  return { parts: [...made.values()], inputs: body.inputs.map(of), results: body.results.map(of) };
}

function exchange(body: Body, part: Part, by: Part): void {
  const instead = (one: Part) => (one === part ? by : one);
  body.parts = body.parts.map(instead);
  for (const other of body.parts)
    other.operands = other.operands.map((operand) => (isPart(operand) ? instead(operand) : operand));
  body.results = body.results.map(instead);
}
