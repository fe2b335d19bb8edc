/** @file What a network lacks to be trained: scores for its classes, a loss, a metric, an output. */
import type { NetworkItem, Statement } from '../../syntax/ast.ts';
import type { Analysis } from '../analysis.ts';
import { type ActionSource, insertion } from './action.ts';

/** Offered in the head of a network and behind its last statement. */
export const addHead: ActionSource = ({ analysis, path, span }) => {
  const network = path.find((node) => node.kind === 'network');
  if (!network || !isAtEdge(network, span.start)) return [];
  const lines = headOf(analysis, network);
  const last = network.body.at(-1);
  if (lines.length === 0 || !last) return [];
  const title = `add what \`${network.name.text}\` lacks to be trained`;
  const text = lines.map((line) => `\n  ${line}`).join('');
  return [{ title, kind: 'refactor', edits: [insertion(analysis.file, last.span.end, text)] }];
};

function isAtEdge({ name, body }: NetworkItem, offset: number): boolean {
  return offset <= name.span.end || offset >= (body.at(-1)?.span.start ?? 0);
}

function headOf(analysis: Analysis, { body }: NetworkItem): string[] {
  const find = <Kind extends Statement['kind']>(kind: Kind) =>
    body.find((statement): statement is Extract<Statement, { kind: Kind }> => statement.kind === kind);
  if (find('loss')) return find('output') ? [] : outputLine(analysis, body);
  const input = find('input');
  const target = find('target');
  const flow = lastValue(analysis, body) ?? (input && { name: input.name.text, shape: [0, 0, 0] });
  if (!flow || (target && classesOf(analysis, target.type) === undefined)) return [];
  const classes = (target && classesOf(analysis, target.type)) ?? '10';
  const label = target?.name.text ?? 'label';
  const isScores = flow.shape.length === 1 && (!target || String(flow.shape[0]) === classes);
  const scores = isScores ? flow.name : freeName(body, 'logits');
  const flattened = flow.shape.length > 1 ? ' -> flatten' : '';
  return [
    ...(target ? [] : [`target label: class(${isScores ? flow.shape[0] : classes})`]),
    ...(isScores ? [] : [`${scores} = ${flow.name}${flattened} -> dense(${classes})`]),
    `loss crossentropy(${scores}, ${label})`,
    ...(find('metric') ? [] : [`metric accuracy(${scores}, ${label})`]),
    ...(find('output') ? [] : [`output probs = softmax(${scores})`]),
  ];
}

/** The tensor that was bound last. */
function lastValue(analysis: Analysis, body: readonly Statement[]) {
  for (const statement of body.toReversed()) {
    if (statement.kind !== 'binding') continue;
    const value = analysis.valuesOf(statement.value).at(-1);
    if (value?.kind === 'tensor') return { name: statement.name.text, shape: value.node.shape };
  }
  return undefined;
}

/** `10` of `class(10)`, as it is written. */
function classesOf({ text }: Analysis, type: Extract<Statement, { kind: 'target' }>['type']): string | undefined {
  const count = type.kind === 'call' && type.callee.text === 'class' ? type.arguments[0]?.value.span : undefined;
  return count && text.slice(count.start, count.end);
}

function outputLine(analysis: Analysis, body: readonly Statement[]): string[] {
  const flow = lastValue(analysis, body);
  return flow ? [`output ${flow.name}`] : [];
}

function freeName(body: readonly Statement[], wanted: string): string {
  const taken = body.some(
    (statement) =>
      'name' in statement && 'text' in (statement.name ?? {}) && (statement.name as { text: string }).text === wanted,
  );
  return taken ? `${wanted}2` : wanted;
}
