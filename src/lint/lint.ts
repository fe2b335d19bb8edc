/**
 * @file The engine: asks every rule what it finds in a text that was understood, and tells each thing once. Rules whose
 * needs are not met are skipped: of a text with errors there is no model.
 */
import { withShortQuotations } from '../common/printable.ts';
import type { Diagnostic, Severity } from '../diagnostics/diagnostic.ts';
import type { Resolution } from '../resolve/resolution.ts';
import type { Elaboration } from '../semantics/model.ts';
import type { Program } from '../syntax/ast.ts';
import { figuresOf } from './figures.ts';
import { modelFacts } from './model-facts.ts';
import type { Facts, Finding, Need, Rule } from './rule.ts';
import { RULES } from './rules.ts';

export interface LintSubject {
  readonly text: string;
  readonly program: Program;
  readonly names?: Resolution;
  readonly elaboration?: Elaboration;
  /** What is known to be wrong with it. */
  readonly diagnostics: readonly Diagnostic[];
}

/** In place of a rule's own level; `allow` silences it. */
export type Levels = Readonly<Record<string, Severity | 'allow'>>;

/** What rules find, in the order of the rules. */
export function lint(subject: LintSubject, levels: Levels = {}): Diagnostic[] {
  const facts = factsOf(subject);
  return RULES.flatMap((rule) => {
    const level = levels[rule.code] ?? rule.level;
    if (level === 'allow' || !rule.needs.every((need) => need in facts)) return [];
    return once(rule.check(facts as Facts)).map((finding) => diagnosticOf(rule, level, finding));
  });
}

/** A text and its tree there always are; what seems unused may only have been misspelt where there are errors. */
function factsOf({
  text,
  program,
  names,
  elaboration,
  diagnostics,
}: LintSubject): Partial<Facts> & Pick<Facts, Need & ('text' | 'tree')> {
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
