/**
 * @file The engine: asks every rule what it finds in a text that was understood, and tells each thing once. Rules whose
 * needs are not met are skipped: of a text with errors there is no model.
 */
import { withShortQuotations } from '../common/printable.ts';
import type { Diagnostic, Severity } from '../diagnostics/diagnostic.ts';
import type { Resolution } from '../resolve/resolution.ts';
import type { Elaboration } from '../semantics/model.ts';
import type { ImportedText } from '../semantics/names/modules.ts';
import type { Program } from '../syntax/ast.ts';
import { parse } from '../syntax/parse.ts';
import { type Allowance, allowancesOf, silences } from './allowances.ts';
import { figuresOf } from './figures.ts';
import { modelFacts } from './model-facts.ts';
import type { Facts, Finding, Rule } from './rule.ts';
import { RULES, ruleCodes } from './rules.ts';

export interface LintSubject {
  readonly text: string;
  readonly program: Program;
  readonly names?: Resolution;
  readonly elaboration?: Elaboration;
  /** The texts that were imported: what they allow is allowed at its place. */
  readonly sources?: readonly ImportedText[];
  /** What is known to be wrong with it. */
  readonly diagnostics: readonly Diagnostic[];
}

/** In place of a rule's own level; `allow` silences it. */
export type Levels = Readonly<Record<string, Severity | 'allow'>>;

function allowancesIn({ text, file }: ImportedText): Allowance[] {
  return text.includes('allow') ? allowancesOf(parse(text, file).program) : [];
}

/** What rules find, in the order of the rules. */
export function lint(subject: LintSubject, levels: Levels = {}): Diagnostic[] {
  const facts = factsOf(subject);
  const allowances = allowancesOf(subject.program);
  // Whether these silence something depends on what is made of their file elsewhere.
  const elsewhere = (subject.sources ?? []).flatMap(allowancesIn);
  const used = new Set<Allowance>();
  const asked = new Set<string>();
  const findingsOf = (rule: Rule, known: Partial<Facts>): Diagnostic[] => {
    const level = levels[rule.code] ?? rule.level;
    if (level === 'allow' || !rule.needs.every((need) => need in known)) return [];
    asked.add(rule.code);
    return once(rule.check(known as Facts)).flatMap((finding) => {
      const silencing = [...allowances, ...elsewhere].filter((allowance) =>
        silences(allowance, rule.code, finding.span),
      );
      for (const allowance of silencing) used.add(allowance);
      return silencing.length > 0 ? [] : diagnosticOf(rule, level, finding);
    });
  };
  const found = RULES.flatMap((rule) => findingsOf(rule, facts));
  // Whether a rule that could not be asked would have found something is not known.
  const settled = allowances
    .map((allowance) => ({
      statement: allowance.statement,
      isUsed: used.has(allowance),
      isKnown: Object.hasOwn(ruleCodes, allowance.statement.code.text),
    }))
    .filter(({ statement, isKnown }) => !isKnown || asked.has(statement.code.text));
  const last = RULES.filter(({ needs }) => needs.includes('allowances'));
  return [...found, ...last.flatMap((rule) => findingsOf(rule, { ...facts, allowances: settled }))];
}

/** A text and its tree there always are; what seems unused may only have been misspelt where there are errors. */
function factsOf({
  text,
  program,
  names,
  elaboration,
  diagnostics,
}: LintSubject): Partial<Facts> & Pick<Facts, 'text' | 'tree'> {
  const isSound = !diagnostics.some(({ severity }) => severity === 'error');
  const model = elaboration && modelFacts(elaboration);
  return {
    text,
    tree: program,
    ...(names && isSound && { names }),
    ...(model && { model, figures: figuresOf(model.model) }),
  };
}

/** A block that is applied often is told about once. */
function once(findings: readonly Finding[]): readonly Finding[] {
  const told = new Set<string>();
  return findings.filter(({ span }) => {
    const key = span && `${span.file} ${span.start} ${span.end}`;
    if (key === undefined || !told.has(key)) return Boolean(told.add(key ?? ''));
    return false;
  });
}

function diagnosticOf({ code }: Rule, severity: Severity, { message, notes = [], span, fix }: Finding): Diagnostic {
  return {
    code,
    severity,
    message: withShortQuotations(message),
    notes: notes.map((note) => ({ ...note, message: withShortQuotations(note.message) })),
    ...(span && { span }),
    fix: { ...fix, message: withShortQuotations(fix.message) },
  };
}
