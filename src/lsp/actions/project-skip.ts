/**
 * @file The projection that a skip needs: two paths of different shapes meet in a sum, and a 1x1 convolution with the stride
 * between them brings one to the shape of the other (He et al. 2015, section 3.3, option B).
 */
import type { Value } from '../../semantics/evaluate/values.ts';
import type { Expression } from '../../syntax/ast.ts';
import { nodesOf } from '../../syntax/visit.ts';
import type { Analysis } from '../analysis.ts';
import type { Action, ActionSource } from './action.ts';

type Shape = readonly number[];

export const projectSkip: ActionSource = ({ analysis, path, diagnostics }) => {
  const diagnostic = diagnostics.find(({ code }) => code === 'CNN3005');
  const sum = path.findLast((node) => node.kind === 'binary');
  if (!diagnostic || sum?.kind !== 'binary' || sum.operator !== '+') return [];
  const [skip, main] = isSkip(analysis, sum.right, sum.left) ? [sum.right, sum.left] : [sum.left, sum.right];
  const pairs = shapePairs(analysis, skip, main);
  const isBlock = path.some(({ kind }) => kind === 'block');
  if (skip.kind !== 'identifier' || pairs.length === 0) return [];
  const replacement = projectionOf(skip.text, main, pairs, isBlock);
  if (replacement === undefined) return [];
  const edits = [{ span: skip.span, replacement }];
  return [
    { title: `project \`${skip.text}\` to the shape of the other path`, kind: 'fix', edits, diagnostic },
  ] satisfies Action[];
};

/** The shorter path is a name alone, and the other starts with it, or it is what flows into the block. */
function isSkip({ program }: Analysis, skip: Expression, main: Expression): boolean {
  if (skip.kind !== 'identifier' || main.kind !== 'identifier') return skip.kind === 'identifier';
  if (skip.text === 'in') return true;
  const bindings = nodesOf(program, 'binding').filter(({ name }) => name.text === main.text);
  return bindings.some(
    ({ value }) =>
      value.kind === 'pipeline' && nodesOf(value.source, 'identifier').some(({ text }) => text === skip.text),
  );
}

/** The shapes that met, each time. */
function shapePairs(analysis: Analysis, skip: Expression, main: Expression): (readonly [Shape, Shape])[] {
  const [from, to] = [analysis.valuesOf(skip).map(mapOf), analysis.valuesOf(main).map(mapOf)];
  if (from.length !== to.length) return [];
  return from.flatMap((shape, k) => (shape && to[k] ? [[shape, to[k]!] as const] : []));
}

function mapOf(value: Value): Shape | undefined {
  return value.kind === 'tensor' && value.node.shape.length === 3 ? value.node.shape : undefined;
}

/** In a block that is applied in several places it is made where it is needed, and as it is needed there. */
function projectionOf(
  skip: string,
  main: Expression,
  pairs: readonly (readonly [Shape, Shape])[],
  isBlock: boolean,
): string | undefined {
  if (isBlock && main.kind === 'identifier') {
    const sized = `${projection(skip, `${main.text}.channels`, `${skip}.height / ${main.text}.height`)}`;
    return `(if ${skip}.channels == ${main.text}.channels and ${skip}.height == ${main.text}.height { ${skip} } else { ${sized} })`;
  }
  const [[channels, height, width], [toChannels, toHeight, toWidth]] = pairs[0] as unknown as [Shape, Shape];
  const stride = height! / toHeight!;
  if (stride !== width! / toWidth! || !Number.isInteger(stride) || (channels === toChannels && stride === 1))
    return undefined;
  return `(${projection(skip, String(toChannels), stride === 1 ? undefined : String(stride))})`;
}

function projection(skip: string, channels: string, stride: string | undefined): string {
  return `${skip} -> conv(${channels}, 1x1${stride === undefined ? '' : `, stride: ${stride}`}, bias: false) -> batchnorm`;
}
