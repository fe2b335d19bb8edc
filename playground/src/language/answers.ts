/** @file What the page asks about the text in its editor. Each question brings the text along, so no answer is about another. */
import { catalogue } from '../../../src/diagnostics/catalogue.ts';
import type { CatalogueEntry } from '../../../src/diagnostics/catalogue-entry.ts';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { ruleCodes } from '../../../src/lint/rules.ts';
import type { Action } from '../../../src/lsp/actions/action.ts';
import { actionsAt } from '../../../src/lsp/actions.ts';
import type { Analysis } from '../../../src/lsp/analysis.ts';
import { type Completions, completionsAt } from '../../../src/lsp/completion.ts';
import { formatting } from '../../../src/lsp/formatting.ts';
import { type Hover, hoverAt } from '../../../src/lsp/hover.ts';
import { type InlayHint, inlayHints } from '../../../src/lsp/inlay-hints.ts';
import { Workspace } from '../../../src/lsp/workspace.ts';
import { type NetworkReport, networkReport } from '../../../src/report/network-report.ts';
import type { Elaboration } from '../../../src/semantics/model.ts';
import { hasLoss } from '../../../src/semantics/network.ts';

/** As diagnostics call the text. */
export const FILE = 'network.cnn';

const workspace = new Workspace();
const codes: Readonly<Record<string, CatalogueEntry>> = { ...catalogue, ...ruleCodes };

function analysisOf(text: string): Analysis {
  workspace.set(FILE, text);
  return workspace.analysis(FILE)!;
}

/** The network of this name, or the first one. */
function elaborationOf(text: string, network?: string): Elaboration | undefined {
  const { networks } = analysisOf(text);
  return (networks.find(({ item }) => item.name.text === network) ?? networks[0])?.elaboration();
}

/** Of a network that is sound. */
export function soundElaboration(text: string, network?: string): Elaboration {
  const elaboration = elaborationOf(text, network);
  const [mistake] = analysisOf(text).mistakes.filter(({ severity }) => severity === 'error');
  if (!elaboration || elaboration.incomplete || mistake)
    throw new Error(mistake ? `the program has a mistake: ${mistake.message}` : 'the program has no network');
  return elaboration;
}

export interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  readonly hints: readonly InlayHint[];
  /** Names of the networks of the text. */
  readonly networks: readonly string[];
}

/** What a page that trains networks wants to know before it compiles one. */
export interface Trainable {
  readonly learningRate: number;
  /** Whether its inputs and targets are such that the page has data for it. */
  readonly fits: boolean;
}

export const answers = {
  /** Mistakes and shapes, while one types. */
  check(text: string): Checked {
    const { mistakes, networks } = analysisOf(text);
    const names = networks.map(({ item }) => item.name.text);
    return { diagnostics: mistakes, hints: inlayHints(workspace, FILE), networks: names };
  },
  /** Mistakes and advice, which takes several times as long. */
  advise(text: string): readonly Diagnostic[] {
    return analysisOf(text).diagnostics();
  },
  hover(text: string, offset: number): Hover | undefined {
    workspace.set(FILE, text);
    return hoverAt(workspace, FILE, offset);
  },
  complete(text: string, offset: number): Completions {
    workspace.set(FILE, text);
    return completionsAt(workspace, FILE, offset);
  },
  actions(text: string, start: number, end: number): readonly Pick<Action, 'title' | 'kind' | 'edits'>[] {
    workspace.set(FILE, text);
    return actionsAt(workspace, FILE, start, end).map(({ title, kind, edits }) => ({ title, kind, edits }));
  },
  format(text: string): ReturnType<typeof formatting> {
    workspace.set(FILE, text);
    return formatting(workspace, FILE);
  },
  explain(code: string): CatalogueEntry | undefined {
    return codes[code];
  },
  /** Nothing of a network with mistakes. */
  trainable(text: string, network?: string): Trainable | undefined {
    const elaboration = elaborationOf(text, network);
    if (!elaboration || elaboration.incomplete) return undefined;
    const { training, settings } = elaboration;
    const { inputs, targets } = training;
    const isMap = inputs.length === 1 && inputs[0]!.shape.length === 3;
    return { learningRate: settings.optimizer.lr, fits: isMap && targets.length < 2 && hasLoss(elaboration) };
  },
  /** Graph, figures, receptive fields, formulas; of a network with mistakes, what comes before them. */
  report(text: string, network?: string): NetworkReport | undefined {
    const elaboration = elaborationOf(text, network);
    if (!elaboration || elaboration.training.layers.length === 0) return undefined;
    const { diagnostics, imported } = analysisOf(text);
    const texts = new Map([[FILE, text], ...imported.map((one) => [one.file, one.text] as const)]);
    return networkReport({ elaboration, diagnostics: diagnostics(), texts, entryOf: (code) => codes[code] });
  },
};

export type LanguageAnswers = typeof answers;
