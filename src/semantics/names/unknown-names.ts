/** @file What is said of names that stand for nothing. */
import { diagnostic } from '../../diagnostics/catalogue.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { functionNames } from '../../formula/functions.ts';
import type { ArgumentSite, Unresolved } from '../../resolve/resolution.ts';
import type { Expected } from '../../resolve/vocabulary.ts';
import type { Name } from '../../syntax/ast.ts';
import { nodesOf } from '../../syntax/visit.ts';
import { didYouMean, help } from '../problems.ts';
import { builtinNames } from './vocabulary.ts';

/** CNN2001 and CNN2003. */
export function unknownNames(unresolved: readonly Unresolved[]): Diagnostic[] {
  return unresolved.map((name) => (name.formula ? unknownInFormula(name, name.formula) : unknownName(name)));
}

function unknownName({ name, later, visible, item, argument, isApplied }: Unresolved): Diagnostic {
  const { text, span } = name;
  if (later)
    return diagnostic('CNN2003', `\`${text}\` is used before it is defined`, {
      span,
      notes: [{ message: 'it is defined here', span: later }],
      ...help('move the definition up; statements are in order of execution'),
    });
  if (text === 'in')
    return diagnostic('CNN2001', '`in` means something only inside a block', {
      span,
      ...help('name the input instead'),
    });
  if (argument)
    return diagnostic('CNN2001', `\`${text}\` is not known`, { span, ...inArgument(name, argument, visible) });
  const hasTarget = item.kind !== 'network' || nodesOf(item, 'target').length > 0;
  const layers = '; `cnnc explain layers` lists what there is';
  const otherwise = isApplied || hasTarget ? '' : '; for labels, add a target: `target label: class(10)`';
  const fix = didYouMean(
    text,
    [...visible, ...builtinNames()],
    span,
    `define it before${isApplied ? layers : otherwise}`,
  );
  return diagnostic('CNN2001', `\`${text}\` is not known`, { span, ...fix });
}

const written: Partial<Record<Expected, string>> = {
  integer: 'write a number',
  number: 'write a number',
  boolean: 'write `true` or `false`',
  text: 'write a text in quotation marks',
  sizes: 'write a number or a pair such as `3x3`',
  sides: 'write a number or a list',
  list: 'write a list in `[` and `]`',
  value: 'write a value',
};

/** Words that others write for truth. */
const truths: Readonly<Record<string, string>> = { yes: 'true', on: 'true', no: 'false', off: 'false', None: 'false' };

function inArgument({ text, span }: Name, { value, expected }: ArgumentSite, visible: readonly string[]) {
  if (expected === 'place') {
    const quoted = `"${text}"`;
    return value.kind === 'identifier'
      ? {
          fix: {
            message: `a file or folder stands in quotation marks: \`${quoted}\``,
            edits: [{ span, replacement: quoted }],
          },
        }
      : help('a file or folder stands in quotation marks: `"…"`');
  }
  const truth = expected === 'boolean' && value.kind === 'identifier' ? truths[text] : undefined;
  if (truth) return { fix: { message: `write \`${truth}\``, edits: [{ span, replacement: truth }] } };
  const words = expected === 'boolean' ? ['true', 'false'] : expected === 'value' ? builtinNames() : [];
  const otherwise = `${written[expected] ?? written.value}, or define \`${text}\` before`;
  return didYouMean(text, [...visible, ...words], span, otherwise);
}

const wanted = { argument: 'a parameter', axis: 'an axis, an operand' } as const;

function unknownInFormula(
  { name: { text, span }, visible }: Unresolved,
  formula: NonNullable<Unresolved['formula']>,
): Diagnostic {
  if (formula === 'function')
    return diagnostic('CNN2001', `there is no pointwise function \`${text}\``, {
      span,
      ...didYouMean(
        text,
        [...visible, ...functionNames()],
        span,
        'layers and blocks work on whole tensors; a formula has functions such as `exp` and `max`',
      ),
    });
  const message = `\`${text}\` is neither ${wanted[formula]} nor a number`;
  return diagnostic('CNN2001', message, { span, ...didYouMean(text, visible, span, 'define it before') });
}
