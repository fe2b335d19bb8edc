/**
 * @file The grammar, as rules of a chevrotain parser without actions: it only builds a concrete tree, which `build-*.ts`
 * turn into the AST. Operators are parsed as a flat list; their precedence is a table (`precedence.ts`). After a mistake
 * the parser goes on at the next statement, setting or item, which `layout.ts` has marked; within one it does not guess.
 */
import {
  type CstNode,
  CstParser,
  type IRecognitionException,
  MismatchedTokenException,
  type ParserMethod,
} from 'chevrotain';
import { carry, endsStatement, syntaxErrorMessages } from './syntax-error.ts';
import * as T from './tokens.ts';

const { import: Import, network: Network, block: Block, fn: Fn, op: Op, train: Train } = T.itemKeywords;
const { input: Input, target: Target, loss: Loss, metric: Metric, output: Output } = T.statementKeywords;
const { assert: Assert, freeze: Freeze, return: Return, for: For } = T.statementKeywords;

/** A rule that is left at its first mistake; the statement around it recovers. */
const strict = { resyncEnabled: false };

export class CnnParser extends CstParser {
  constructor(options: { readonly skipValidations: boolean }) {
    super(T.vocabulary, {
      recoveryEnabled: true,
      maxLookahead: 1,
      nodeLocationTracking: 'onlyOffset',
      errorMessageProvider: syntaxErrorMessages,
      skipValidations: options.skipValidations,
    });
    this.performSelfAnalysis();
  }

  // Only whole statements are skipped: no token is invented or dropped.
  protected override canTokenTypeBeInsertedInRecovery(): boolean {
    return false;
  }
  protected override canTokenTypeBeDeletedInRecovery(): boolean {
    return false;
  }

  program = this.RULE('program', () => {
    this.MANY(() => this.SUBRULE(this.item));
  });

  item = this.RULE('item', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.importItem) },
      { ALT: () => this.SUBRULE(this.networkItem) },
      { ALT: () => this.SUBRULE(this.blockItem) },
      { ALT: () => this.SUBRULE(this.functionItem) },
      { ALT: () => this.SUBRULE(this.operatorItem) },
      { ALT: () => this.SUBRULE(this.trainItem) },
      { ALT: () => this.SUBRULE(this.constant) },
      { ALT: () => this.SUBRULE(this.allowStatement) },
    ]);
    this.mustEnd();
  });

  importItem = this.strictRule('importItem', () => {
    this.CONSUME(Import);
    this.CONSUME(T.LCurly);
    this.SUBRULE(this.nameList);
    this.CONSUME(T.RCurly);
    this.CONSUME(T.From);
    this.CONSUME(T.StringToken);
  });

  networkItem = this.strictRule('networkItem', () => {
    this.CONSUME(Network);
    this.SUBRULE(this.head);
    this.SUBRULE(this.body);
  });

  blockItem = this.strictRule('blockItem', () => {
    this.CONSUME(Block);
    this.SUBRULE(this.head);
    this.SUBRULE(this.body);
  });

  /** Recovers before the body, so that the statements are read in any case. */
  head = this.RULE('head', () => {
    this.CONSUME(T.Identifier);
    this.OPTION(() => this.SUBRULE(this.parameters));
  });

  functionItem = this.strictRule('functionItem', () => {
    this.CONSUME(Fn);
    this.CONSUME(T.Identifier);
    this.SUBRULE(this.parameters);
    this.CONSUME(T.Equals);
    this.SUBRULE(this.expression);
  });

  operatorItem = this.strictRule('operatorItem', () => {
    this.CONSUME(Op);
    this.CONSUME(T.Identifier);
    this.CONSUME(T.LParen);
    this.SUBRULE(this.operatorParameters);
    this.CONSUME(T.RParen);
    this.CONSUME(T.Arrow);
    this.SUBRULE(this.tensorPattern);
    this.CONSUME(T.Equals);
    this.SUBRULE(this.expression);
  });

  operatorParameters = this.strictRule('operatorParameters', () => {
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.operatorParameter) });
  });

  operatorParameter = this.strictRule('operatorParameter', () => {
    this.CONSUME(T.Identifier);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.Equals);
          this.SUBRULE(this.expression);
        },
      },
      {
        ALT: () => {
          this.CONSUME(T.LBracket);
          this.OPTION(() => this.SUBRULE(this.nameList));
          this.CONSUME(T.RBracket);
        },
      },
    ]);
  });

  tensorPattern = this.strictRule('tensorPattern', () => {
    this.CONSUME(T.Identifier);
    this.CONSUME(T.LBracket);
    this.OPTION(() => this.SUBRULE(this.nameList));
    this.CONSUME(T.RBracket);
  });

  nameList = this.strictRule('nameList', () => {
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.CONSUME(T.Identifier) });
  });

  parameters = this.strictRule('parameters', () => {
    this.CONSUME(T.LParen);
    this.OPTION(() => this.SUBRULE(this.parameterList));
    this.CONSUME(T.RParen);
  });

  parameterList = this.strictRule('parameterList', () => {
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.parameter) });
  });

  parameter = this.strictRule('parameter', () => {
    this.CONSUME(T.Identifier);
    this.OPTION(() => {
      this.CONSUME(T.Equals);
      this.SUBRULE(this.expression);
    });
  });

  constant = this.strictRule('constant', () => {
    this.CONSUME(T.ConstantName);
    this.CONSUME(T.Equals);
    this.SUBRULE(this.expression);
  });

  trainItem = this.strictRule('trainItem', () => {
    this.CONSUME(Train);
    this.SUBRULE(this.trainHead);
    this.CONSUME(T.BodyOpen);
    this.SUBRULE(this.settings);
    this.CONSUME(T.BodyClose);
  });

  trainHead = this.RULE('trainHead', () => {
    this.CONSUME(T.Identifier);
  });

  settings = this.strictRule('settings', () => {
    this.MANY(() =>
      this.OR([{ ALT: () => this.SUBRULE(this.setting) }, { ALT: () => this.SUBRULE(this.allowStatement) }]),
    );
  });

  setting = this.RULE('setting', () => {
    this.CONSUME(T.SettingName);
    this.SUBRULE(this.argumentList);
    this.mustEnd();
  });

  body = this.strictRule('body', () => {
    this.CONSUME(T.BodyOpen);
    this.SUBRULE(this.statements);
    this.CONSUME(T.BodyClose);
  });

  statements = this.strictRule('statements', () => {
    this.MANY(() => this.SUBRULE(this.statement));
  });

  statement = this.RULE('statement', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.inputStatement) },
      { ALT: () => this.SUBRULE(this.targetStatement) },
      { ALT: () => this.SUBRULE(this.binding) },
      { ALT: () => this.SUBRULE(this.lossStatement) },
      { ALT: () => this.SUBRULE(this.metricStatement) },
      { ALT: () => this.SUBRULE(this.outputStatement) },
      { ALT: () => this.SUBRULE(this.assertStatement) },
      { ALT: () => this.SUBRULE(this.freezeStatement) },
      { ALT: () => this.SUBRULE(this.returnStatement) },
      { ALT: () => this.SUBRULE(this.forStatement) },
      { ALT: () => this.SUBRULE(this.allowStatement) },
    ]);
    this.mustEnd();
  });

  inputStatement = this.strictRule('inputStatement', () => {
    this.CONSUME(Input);
    this.CONSUME(T.Identifier);
    this.CONSUME(T.Colon);
    this.SUBRULE(this.expression);
  });

  targetStatement = this.strictRule('targetStatement', () => {
    this.CONSUME(Target);
    this.CONSUME(T.Identifier);
    this.CONSUME(T.Colon);
    this.SUBRULE(this.expression);
  });

  binding = this.strictRule('binding', () => {
    this.CONSUME(T.BindingName);
    this.CONSUME(T.Equals);
    this.SUBRULE(this.expression);
  });

  lossStatement = this.strictRule('lossStatement', () => {
    this.CONSUME(Loss);
    this.SUBRULE(this.expression);
  });

  metricStatement = this.strictRule('metricStatement', () => {
    this.CONSUME(Metric);
    this.OPTION(() => {
      this.CONSUME(T.Label);
      this.CONSUME(T.Equals);
    });
    this.SUBRULE(this.expression);
  });

  outputStatement = this.strictRule('outputStatement', () => {
    this.CONSUME(Output);
    this.CONSUME(T.Identifier);
    this.OPTION(() => {
      this.CONSUME(T.Equals);
      this.SUBRULE(this.expression);
    });
  });

  assertStatement = this.strictRule('assertStatement', () => {
    this.CONSUME(Assert);
    this.SUBRULE(this.expression);
  });

  freezeStatement = this.strictRule('freezeStatement', () => {
    this.CONSUME(Freeze);
    this.SUBRULE(this.expression);
  });

  allowStatement = this.strictRule('allowStatement', () => {
    this.CONSUME(T.Allow);
    this.CONSUME(T.Identifier);
    this.CONSUME(T.StringToken);
  });

  returnStatement = this.strictRule('returnStatement', () => {
    this.CONSUME(Return);
    this.SUBRULE(this.expression);
  });

  forStatement = this.strictRule('forStatement', () => {
    this.CONSUME(For);
    this.SUBRULE(this.forHead);
    this.SUBRULE(this.body);
  });

  forHead = this.RULE('forHead', () => {
    this.SUBRULE(this.nameList);
    this.CONSUME(T.ForIn);
    this.SUBRULE(this.expression);
  });

  expression = this.strictRule('expression', () => {
    this.SUBRULE(this.operation);
    this.MANY(() => {
      this.CONSUME(T.Arrow);
      this.SUBRULE(this.stage);
    });
  });

  stage = this.strictRule('stage', () => {
    this.OPTION1(() => {
      this.OR1([{ ALT: () => this.CONSUME(T.Label) }, { ALT: () => this.CONSUME(T.TextLabel) }]);
      this.CONSUME(T.Colon);
    });
    this.OPTION2(() => {
      this.CONSUME(T.Repeat);
      this.CONSUME(T.LParen);
      this.SUBRULE(this.expression);
      this.CONSUME(T.RParen);
    });
    this.OR2([{ ALT: () => this.SUBRULE(this.conditional) }, { ALT: () => this.SUBRULE(this.reference) }]);
  });

  operation = this.strictRule('operation', () => {
    this.SUBRULE1(this.operand);
    this.MANY(() => {
      this.SUBRULE(this.binaryOperator);
      this.SUBRULE2(this.operand);
    });
  });

  binaryOperator = this.strictRule('binaryOperator', () => {
    this.OR([
      { ALT: () => this.CONSUME(T.Or) },
      { ALT: () => this.CONSUME(T.And) },
      { ALT: () => this.CONSUME(T.EqualEqual) },
      { ALT: () => this.CONSUME(T.NotEqual) },
      { ALT: () => this.CONSUME(T.Less) },
      { ALT: () => this.CONSUME(T.LessEqual) },
      { ALT: () => this.CONSUME(T.Greater) },
      { ALT: () => this.CONSUME(T.GreaterEqual) },
      { ALT: () => this.CONSUME(T.Plus) },
      { ALT: () => this.CONSUME(T.Minus) },
      { ALT: () => this.CONSUME(T.Star) },
      { ALT: () => this.CONSUME(T.Slash) },
      { ALT: () => this.CONSUME(T.Percent) },
      { ALT: () => this.CONSUME(T.Caret) },
    ]);
  });

  operand = this.strictRule('operand', () => {
    this.MANY1(() => this.SUBRULE(this.prefix));
    this.SUBRULE(this.primary);
    this.MANY2(() => this.SUBRULE(this.postfix));
  });

  prefix = this.strictRule('prefix', () => {
    this.OR([
      { ALT: () => this.CONSUME(T.Minus) },
      { ALT: () => this.CONSUME(T.Not) },
      {
        ALT: () => {
          this.CONSUME(T.Reduction);
          this.CONSUME(T.LParen);
          this.SUBRULE(this.nameList);
          this.CONSUME(T.RParen);
        },
      },
    ]);
  });

  primary = this.strictRule('primary', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.number) },
      { ALT: () => this.CONSUME(T.Pair) },
      { ALT: () => this.CONSUME(T.StringToken) },
      { ALT: () => this.CONSUME(T.True) },
      { ALT: () => this.CONSUME(T.False) },
      { ALT: () => this.CONSUME(T.In) },
      { ALT: () => this.SUBRULE(this.list) },
      { ALT: () => this.SUBRULE(this.conditional) },
      { ALT: () => this.SUBRULE(this.group) },
      { ALT: () => this.SUBRULE(this.reference) },
    ]);
  });

  number = this.strictRule('number', () => {
    this.CONSUME(T.NumberToken);
    this.OPTION(() => this.CONSUME(T.Unit));
  });

  list = this.strictRule('list', () => {
    this.CONSUME(T.LBracket);
    this.OPTION(() => this.SUBRULE(this.expressionList));
    this.CONSUME(T.RBracket);
  });

  group = this.strictRule('group', () => {
    this.CONSUME(T.LParen);
    this.SUBRULE(this.expression);
    this.CONSUME(T.RParen);
  });

  reference = this.strictRule('reference', () => {
    this.CONSUME(T.Identifier);
    this.OPTION(() => this.SUBRULE(this.callArguments));
  });

  callArguments = this.strictRule('callArguments', () => {
    this.CONSUME(T.LParen);
    this.OPTION(() => this.SUBRULE(this.argumentList));
    this.CONSUME(T.RParen);
  });

  argumentList = this.strictRule('argumentList', () => {
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.argument) });
  });

  argument = this.strictRule('argument', () => {
    this.OPTION(() => {
      this.CONSUME(T.Label);
      this.CONSUME(T.Colon);
    });
    this.SUBRULE(this.expression);
  });

  expressionList = this.strictRule('expressionList', () => {
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, DEF: () => this.SUBRULE(this.expression) });
  });

  postfix = this.strictRule('postfix', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(T.Dot);
          this.CONSUME(T.Identifier);
        },
      },
      {
        ALT: () => {
          this.CONSUME(T.LBracket);
          this.OPTION(() => this.SUBRULE(this.expressionList));
          this.CONSUME(T.RBracket);
        },
      },
    ]);
  });

  conditional = this.strictRule('conditional', () => {
    this.CONSUME1(T.If);
    this.SUBRULE1(this.expression);
    this.SUBRULE1(this.branch);
    this.MANY(() => {
      this.CONSUME(T.ElseIf);
      this.CONSUME2(T.If);
      this.SUBRULE2(this.expression);
      this.SUBRULE2(this.branch);
    });
    this.SUBRULE(this.otherwise);
  });

  otherwise = this.strictRule('otherwise', () => {
    this.CONSUME(T.Else);
    this.SUBRULE(this.branch);
  });

  branch = this.strictRule('branch', () => {
    this.CONSUME(T.BranchOpen);
    this.SUBRULE(this.expression);
    this.CONSUME(T.BranchClose);
  });

  /**
   * What follows a statement, setting or item must be the start of the next one or the end of the body. Checked here, since
   * otherwise it would be the enclosing rule that fails, and with it everything it contains.
   */
  private mustEnd(): void {
    this.ACTION(() => {
      const next = this.LA(1);
      if (endsStatement(next)) return;
      const message = carry({ rule: 'end' });
      throw this.SAVE_ERROR(new MismatchedTokenException(message, next, this.LA(0)));
    });
  }

  /** Of the base class, which does not declare it: records an error with the rules it happened in. */
  declare protected SAVE_ERROR: (error: IRecognitionException) => Error;

  private strictRule(name: string, definition: () => void): ParserMethod<[], CstNode> {
    return this.RULE(name, definition, strict);
  }
}

let cached: CnnParser | undefined;

/** Made at the first use, since the analysis of the grammar takes time. A test makes one with all validations. */
export function parser(): CnnParser {
  cached ??= new CnnParser({ skipValidations: true });
  return cached;
}
