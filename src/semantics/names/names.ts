/** @file What a name stands for: something of the program, or else an operator, a function, or a word. */
import { findOperator } from '../../ops/registry.ts';
import type { Name } from '../../syntax/ast.ts';
import { initializerNamed } from '../../training/words.ts';
import { type Callable, describe, type Value } from '../evaluate/values.ts';
import { fail, help, KnownFailure } from '../problems.ts';
import type { Place } from '../walk/walk.ts';
import { vocabulary } from './vocabulary.ts';

function builtin(name: string): Callable | undefined {
  switch (vocabulary.builtin(name)) {
    case 'operator':
      return { kind: 'operator', operator: findOperator(name)! };
    case 'initializer':
      return { kind: 'initializer', initializer: initializerNamed(name)! };
    case 'function':
      return { kind: 'function', name };
    default:
      return undefined;
  }
}

export function resolveName(place: Place, name: Name): Value {
  const entry = place.scope.find(name.text);
  place.walk.options.meet?.(name, entry);
  if (entry) {
    if (!entry.value) throw new KnownFailure();
    return entry.value;
  }
  const target = builtin(name.text);
  if (target) return { kind: 'callable', target };
  if (vocabulary.builtin(name.text) === 'word') return { kind: 'word', value: name.text };
  return unknown(place, name);
}

export function resolveCallable(place: Place, name: Name): Callable {
  const value = resolveName(place, name);
  if (value.kind === 'callable') return value.target;
  return fail('CNN2036', `\`${name.text}\` is ${describe(value)}, which takes no arguments`, name.span, {
    ...help(
      value.kind === 'layer' || value.kind === 'instance'
        ? `it has its arguments already; apply it with \`x -> ${name.text}\``
        : 'only layers, blocks and functions are written with parentheses',
    ),
  });
}

/**
 * What `resolve` does not know either has been reported. What it knows is the name of a layer in a branch of an `if` that
 * is not taken.
 */
function unknown({ scope, walk }: Place, { text, span }: Name): never {
  const isReported = walk.report.diagnostics.some(
    ({ code, span: at }) => unknownCodes.includes(code) && at?.start === span.start,
  );
  if (isReported || walk.options.isMeant?.({ text, span })) throw new KnownFailure();
  const branch = scope.findLater(text);
  return fail('CNN2001', `\`${text}\` is not known`, span, {
    notes: branch ? [{ message: 'the layer of this name is in a branch that is not taken', span: branch }] : [],
    ...help(branch ? 'bind the value of the whole `if` to a name' : 'define it before'),
  });
}

const unknownCodes: readonly string[] = ['CNN2001', 'CNN2003'];
