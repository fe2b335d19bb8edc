/**
 * @file Claims about figures of the whole network, such as `parameters < 300k`: a tree of numbers and figures, which is
 * decided when the network has been analysed.
 */
import type { Diagnostic, Span } from '../../diagnostics/diagnostic.ts';
import type { Node } from '../../ir/graph.ts';
import type { BinaryOperator } from '../../syntax/ast.ts';
import { help } from '../problems.ts';
import { comparisons, constantResults } from './numbers.ts';

/**
 * Figures that can be asserted, by the words for them: which total of the network, and which part of it. Bytes for the
 * memory, per image for all operations but the update.
 */
export const FIGURES = {
  parameters: { total: 'parameters' },
  trainable: { total: 'trainable' },
  buffers: { total: 'buffers' },
  layers: { total: 'layers' },
  macs: { total: 'macs' },
  flops: { total: 'flops', part: 'forward' },
  'flops.forward': { total: 'flops', part: 'forward' },
  'flops.backward': { total: 'flops', part: 'backward' },
  'flops.update': { total: 'flops', part: 'update' },
  memory: { total: 'memory', part: 'peak' },
  'memory.parameters': { total: 'memory', part: 'parameters' },
  'memory.gradients': { total: 'memory', part: 'gradients' },
  'memory.optimizer': { total: 'memory', part: 'optimizer' },
  'memory.activations': { total: 'memory', part: 'activations' },
  'memory.peak': { total: 'memory', part: 'peak' },
} as const;

export type FigureName = keyof typeof FIGURES;

/** What may stand behind the dot: `forward`, `backward`, `update`. */
export function partsOf(total: string): string[] {
  const parts = Object.values(FIGURES).flatMap((figure) =>
    'part' in figure && figure.total === total ? figure.part : [],
  );
  return [...new Set(parts)];
}

export const valueFigureNames = ['sees', 'macs', 'parameters'] as const;

/** Of a value: what a place of it sees, or what the layers cost that its binding applies. */
export interface ValueFigure {
  readonly figure: (typeof valueFigureNames)[number];
  readonly node: Node;
  readonly layers: readonly string[];
}

export type FigureClaim = Extract<Claim, { kind: 'figure' }>;
export type Figures = (claim: FigureClaim) => number;

/** A condition in which nothing but figures is open; `span` is what it was written as. */
export type Claim =
  | { readonly kind: 'constant'; readonly value: number | boolean; readonly span: Span }
  | { readonly kind: 'figure'; readonly name: FigureName; readonly span: Span }
  | { readonly kind: 'figure'; readonly name: string; readonly of: ValueFigure; readonly span: Span }
  | { readonly kind: 'negative' | 'not'; readonly operand: Claim; readonly span: Span }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Claim;
      readonly right: Claim;
      readonly span: Span;
    };

export function isFigure(name: string): name is FigureName {
  return Object.hasOwn(FIGURES, name);
}

export function kindOf(claim: Claim): 'number' | 'boolean' {
  if (claim.kind === 'constant') return typeof claim.value === 'number' ? 'number' : 'boolean';
  if (claim.kind === 'binary') return constantResults[claim.operator] ? 'number' : 'boolean';
  return claim.kind === 'not' ? 'boolean' : 'number';
}

export function figuresOf(claim: Claim): FigureClaim[] {
  if (claim.kind === 'figure') return [claim];
  if (claim.kind === 'binary') return [...figuresOf(claim.left), ...figuresOf(claim.right)];
  return claim.kind === 'constant' ? [] : figuresOf(claim.operand);
}

/** What does not hold of a claim: each part of an `and` for itself. Reports CNN2042. */
export function falseClaims(claim: Claim, figures: Figures): Diagnostic[] {
  if (claim.kind === 'binary' && claim.operator === 'and')
    return [...falseClaims(claim.left, figures), ...falseClaims(claim.right, figures)];
  if (decide(claim, figures)) return [];
  const named = [...new Map(figuresOf(claim).map((figure) => [figure.name, figure])).values()];
  const message = `this assertion does not hold: ${written(claim, figures)}`;
  const notes = named.map((figure) => ({ message: `\`${figure.name}\` is ${grouped(figures(figure))}` }));
  return [
    {
      code: 'CNN2042',
      severity: 'error',
      message,
      span: claim.span,
      notes,
      ...help('change the network, or the assertion'),
    },
  ];
}

function decide(claim: Claim, figures: Figures): number | boolean {
  switch (claim.kind) {
    case 'constant':
      return claim.value;
    case 'figure':
      return figures(claim);
    case 'negative':
      return -decide(claim.operand, figures);
    case 'not':
      return !decide(claim.operand, figures);
    case 'binary': {
      const [left, right] = [decide(claim.left, figures), decide(claim.right, figures)];
      if (claim.operator === 'and') return Boolean(left) && Boolean(right);
      if (claim.operator === 'or') return Boolean(left) || Boolean(right);
      if (claim.operator === '==' || claim.operator === '!=') return (left === right) === (claim.operator === '==');
      const operation = comparisons[claim.operator] ?? constantResults[claim.operator]!;
      return operation(Number(left), Number(right));
    }
  }
}

/** With numbers in the places of names: `61,706 < 60,000`. */
function written(claim: Claim, figures: Figures): string {
  if (claim.kind === 'not') return `not (${written(claim.operand, figures)})`;
  if (claim.kind !== 'binary' || kindOf(claim) === 'number') return grouped(decide(claim, figures));
  return `${written(claim.left, figures)} ${claim.operator} ${written(claim.right, figures)}`;
}

function grouped(value: number | boolean): string {
  return value.toLocaleString('en-US');
}
