/** @file Concrete tree to AST, items and statements. What the parser had to give up is left out. */
import type { CstNode } from 'chevrotain';
import { DiagnosticError, InternalError } from '../diagnostics/diagnostic.ts';
import type {
  AllowStatement,
  Binding,
  BlockItem,
  ForStatement,
  FunctionItem,
  ImportItem,
  Item,
  Name,
  NetworkItem,
  OperatorItem,
  OutputStatement,
  Parameter,
  Setting,
  Statement,
  TensorPattern,
  TrainItem,
} from './ast.ts';
import {
  type BuildContext,
  buildArguments,
  buildExpression,
  nameOf,
  node,
  nodeSpan,
  nodes,
  stringValue,
  token,
  tokens,
} from './build-expression.ts';
import { checkDepth } from './depth.ts';
import { tokenSpan } from './lex.ts';

/** Nothing when the head could not be understood. */
type Build<Result> = (context: BuildContext, tree: CstNode) => Result | undefined;

const items: Record<string, Build<Item>> = {
  importItem: buildImport,
  networkItem: buildNetwork,
  blockItem: buildBlock,
  functionItem: buildFunction,
  operatorItem: buildOperator,
  trainItem: buildTrain,
  constant: buildBinding,
  allowStatement: buildAllow,
};

const statements: Record<string, Build<Statement>> = {
  inputStatement: (context, tree) => ({
    kind: 'input',
    name: name(context, tree),
    type: value(context, tree),
    span: nodeSpan(context, tree),
  }),
  targetStatement: (context, tree) => ({
    kind: 'target',
    name: name(context, tree),
    type: value(context, tree),
    span: nodeSpan(context, tree),
  }),
  binding: buildBinding,
  lossStatement: (context, tree) => ({ kind: 'loss', value: value(context, tree), span: nodeSpan(context, tree) }),
  metricStatement: buildMetric,
  outputStatement: buildOutput,
  assertStatement: (context, tree) => ({
    kind: 'assert',
    condition: value(context, tree),
    span: nodeSpan(context, tree),
  }),
  freezeStatement: (context, tree) => ({ kind: 'freeze', name: value(context, tree), span: nodeSpan(context, tree) }),
  returnStatement: (context, tree) => ({ kind: 'return', value: value(context, tree), span: nodeSpan(context, tree) }),
  forStatement: buildFor,
  allowStatement: buildAllow,
};

export function buildItems(context: BuildContext, program: CstNode): Item[] {
  return collect(context, nodes(program, 'item'), items);
}

/** The trees that are whole, by the builder for their only child. */
function collect<Result extends Item | Statement>(
  context: BuildContext,
  trees: readonly CstNode[],
  builders: Record<string, Build<Result>>,
): Result[] {
  return trees.flatMap((tree) => {
    const [child] = Object.entries(tree.children);
    if (tree.recoveredNode || !child) return [];
    const result = attempt(context, () => builders[child[0]]!(context, child[1][0] as CstNode));
    return result ? [result] : [];
  });
}

/** The result of `build`, unless it fails with a diagnostic. */
function attempt<Result extends Item | Statement | Setting>(
  context: BuildContext,
  build: () => Result | undefined,
): Result | undefined {
  try {
    const result = build();
    if (result) checkDepth(result);
    return result;
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    context.report(error.diagnostic);
    return undefined;
  }
}

function name(context: BuildContext, tree: CstNode): Name {
  return nameOf(context, token(tree, 'Identifier'));
}

function value(context: BuildContext, tree: CstNode) {
  return buildExpression(context, node(tree, 'expression'));
}

function buildImport(context: BuildContext, tree: CstNode): ImportItem {
  const text = token(tree, 'String');
  return {
    kind: 'import',
    names: nameList(context, tree),
    from: { kind: 'string', value: stringValue(text.image), span: tokenSpan(text, context.file) },
    span: nodeSpan(context, tree),
  };
}

function nameList(context: BuildContext, tree: CstNode): Name[] {
  const [list] = nodes(tree, 'nameList');
  return list ? tokens(list, 'Identifier').map((word) => nameOf(context, word)) : [];
}

function buildNetwork(context: BuildContext, tree: CstNode): NetworkItem | undefined {
  const head = definition(context, node(tree, 'head'));
  return head && { kind: 'network', ...head, body: buildBody(context, tree), span: nodeSpan(context, tree) };
}

function buildBlock(context: BuildContext, tree: CstNode): BlockItem | undefined {
  const head = definition(context, node(tree, 'head'));
  return head && { kind: 'block', ...head, body: buildBody(context, tree), span: nodeSpan(context, tree) };
}

function buildFunction(context: BuildContext, tree: CstNode): FunctionItem | undefined {
  const head = definition(context, tree);
  return head && { kind: 'fn', ...head, body: value(context, tree), span: nodeSpan(context, tree) };
}

function definition(context: BuildContext, tree: CstNode): { name: Name; parameters: Parameter[] } | undefined {
  const [word] = tokens(tree, 'Identifier');
  const list = nodes(tree, 'parameters').flatMap((parameters) => nodes(parameters, 'parameterList'));
  const parameters = list.flatMap((parameterList) => nodes(parameterList, 'parameter'));
  if (!word) return undefined;
  return { name: nameOf(context, word), parameters: parameters.map((parameter) => buildParameter(context, parameter)) };
}

function buildParameter(context: BuildContext, tree: CstNode): Parameter {
  const [expression] = nodes(tree, 'expression');
  const defaultValue = expression && buildExpression(context, expression);
  return {
    kind: 'parameter',
    name: name(context, tree),
    ...(defaultValue && { defaultValue }),
    span: nodeSpan(context, tree),
  };
}

function buildBody(context: BuildContext, tree: CstNode): Statement[] {
  return collect(context, nodes(node(node(tree, 'body'), 'statements'), 'statement'), statements);
}

export function buildOperator(context: BuildContext, tree: CstNode): OperatorItem {
  const parameters = nodes(node(tree, 'operatorParameters'), 'operatorParameter');
  const isTensor = (parameter: CstNode) => tokens(parameter, 'LBracket').length > 0;
  return {
    kind: 'op',
    name: name(context, tree),
    operands: parameters.filter(isTensor).map((operand) => buildPattern(context, operand)),
    parameters: parameters.filter((part) => !isTensor(part)).map((parameter) => buildParameter(context, parameter)),
    result: buildPattern(context, node(tree, 'tensorPattern')),
    body: value(context, tree),
    span: nodeSpan(context, tree),
  };
}

function buildPattern(context: BuildContext, tree: CstNode): TensorPattern {
  return { kind: 'pattern', name: name(context, tree), axes: nameList(context, tree), span: nodeSpan(context, tree) };
}

function buildTrain(context: BuildContext, tree: CstNode): TrainItem | undefined {
  const head = node(tree, 'trainHead');
  const settings = nodes(node(tree, 'settings'), 'setting').filter((setting) => !setting.recoveredNode);
  if (head.recoveredNode) return undefined;
  return {
    kind: 'train',
    network: name(context, head),
    settings: settings.flatMap((setting) => attempt(context, () => buildSetting(context, setting)) ?? []),
    allowances: nodes(node(tree, 'settings'), 'allowStatement')
      .filter((allowance) => !allowance.recoveredNode)
      .map((allowance) => buildAllow(context, allowance)),
    span: nodeSpan(context, tree),
  };
}

function buildAllow(context: BuildContext, tree: CstNode): AllowStatement {
  const text = token(tree, 'String');
  return {
    kind: 'allow',
    code: name(context, tree),
    reason: { kind: 'string', value: stringValue(text.image), span: tokenSpan(text, context.file) },
    span: nodeSpan(context, tree),
  };
}

function buildSetting(context: BuildContext, tree: CstNode): Setting {
  return {
    kind: 'setting',
    name: nameOf(context, token(tree, 'SettingName')),
    arguments: buildArguments(context, node(tree, 'argumentList')),
    span: nodeSpan(context, tree),
  };
}

function buildBinding(context: BuildContext, tree: CstNode): Binding {
  const [word] = [...tokens(tree, 'BindingName'), ...tokens(tree, 'ConstantName')];
  return { kind: 'binding', name: nameOf(context, word!), value: value(context, tree), span: nodeSpan(context, tree) };
}

function buildMetric(context: BuildContext, tree: CstNode): Statement {
  const [word] = tokens(tree, 'Label');
  return {
    kind: 'metric',
    ...(word && { name: nameOf(context, word) }),
    value: value(context, tree),
    span: nodeSpan(context, tree),
  };
}

function buildOutput(context: BuildContext, tree: CstNode): OutputStatement {
  const [expression] = nodes(tree, 'expression');
  return {
    kind: 'output',
    name: name(context, tree),
    ...(expression && { value: buildExpression(context, expression) }),
    span: nodeSpan(context, tree),
  };
}

function buildFor(context: BuildContext, tree: CstNode): ForStatement | undefined {
  const head = node(tree, 'forHead');
  if (head.recoveredNode) return undefined;
  const body = buildBody(context, tree);
  return {
    kind: 'for',
    variables: nameList(context, head),
    list: value(context, head),
    body,
    span: nodeSpan(context, tree),
  };
}

/** The only item of a text, which must be an operator. */
export function onlyOperator(parsed: readonly Item[]): OperatorItem {
  const [item] = parsed;
  if (parsed.length !== 1 || item?.kind !== 'op') throw new InternalError('syntax', 'expected exactly one `op`');
  return item;
}
