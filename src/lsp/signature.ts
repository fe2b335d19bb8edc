/** @file The arguments of the call around the cursor, and which of them it is at. */
import { findOperator } from '../ops/registry.ts';
import { visibleAt } from '../resolve/resolution.ts';
import { named } from '../specs/attributes.ts';
import type { CallExpression, SyntaxNode } from '../syntax/ast.ts';
import { nodesAt } from '../syntax/visit.ts';
import { type CompletionSite, completionSite } from './completion-site.ts';
import { type Signature, settingNamed, signatureOf } from './words.ts';
import { originOf, type Workspace } from './workspace.ts';

export interface SignatureHelp extends Signature {
  /** Number of the argument at the cursor; absent where it is none of them. */
  readonly active?: number;
}

export function signatureAt(workspace: Workspace, file: string, offset: number): SignatureHelp | undefined {
  const text = workspace.textOf(file);
  if (text === undefined) return undefined;
  const found = completionSite(text, file, offset, workspace.read);
  const path = nodesAt(found.program, found.start + 1);
  const call = path.findLast(
    (node): node is CallExpression => node.kind === 'call' && node.callee.span.end < found.start + 1,
  );
  const signature = call && signatureOfCall(found, path, call);
  if (!signature) return undefined;
  const active = activeIn(signature, call, found.start);
  return { ...signature, ...(active !== undefined && { active }) };
}

function signatureOfCall(
  found: CompletionSite,
  path: readonly SyntaxNode[],
  { callee }: CallExpression,
): Signature | undefined {
  const setting = path.find((node) => node.kind === 'setting');
  const word = setting && settingNamed(setting.name.text)?.words?.find(({ name }) => name === callee.text);
  if (word) return signatureOf(word.name, named(word.attributes), word.summary);
  const definition = visibleAt(found.names, found.start).find(({ name }) => name.text === callee.text);
  const operator = definition ? undefined : findOperator(callee.text);
  if (operator) return signatureOf(operator.name, operator.attributes, operator.summary);
  const origin = definition && originOf(definition);
  if (!origin || !('parameters' in origin.node)) return undefined;
  const specs = origin.node.parameters.map(({ name, defaultValue }) => ({
    name: name.text,
    type: 'number' as const,
    doc: '',
    ...(defaultValue?.kind === 'number' && { default: defaultValue.value }),
  }));
  return withoutDocs(signatureOf(callee.text, specs, ''));
}

/** Of parameters of programs nothing is known but their names. */
function withoutDocs(signature: Signature): Signature {
  return { ...signature, parameters: signature.parameters.map((parameter) => ({ ...parameter, doc: '' })) };
}

function activeIn({ parameters }: Signature, call: CallExpression, offset: number): number | undefined {
  const at = call.arguments.findIndex(({ span }) => span.start <= offset && offset <= span.end);
  const given = call.arguments[at];
  const active = given?.name ? parameters.findIndex(({ name }) => name === given.name!.text) : at;
  return active >= 0 && active < parameters.length ? active : undefined;
}
