/** @file Everything that the page of a report shows about a network, as plain data. */
import { operatorText } from '../analysis/layer-window.ts';
import type { LayerSummary, Summary } from '../analysis/summary.ts';
import type { CatalogueEntry } from '../diagnostics/catalogue-entry.ts';
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts';
import { Source } from '../diagnostics/source.ts';
import { allBoxes, type Picture } from '../drawing/boxes.ts';
import { pictureOf } from '../drawing/picture-of.ts';
import { type Graph, type Node, sourceOf } from '../ir/graph.ts';
import { isBackward } from '../ir/origin.ts';
import { runPasses } from '../passes/pass.ts';
import { GRADIENT_PASSES } from '../passes/pipeline.ts';
import type { Elaboration, Layer } from '../semantics/model.ts';
import { hasLoss } from '../semantics/network.ts';
import { mathematics } from './gradient-report.ts';
import { type MemoryTimeline, memoryTimeline } from './memory-timeline.ts';
import { type SummaryOptions, summarizeWithPlan } from './summarize-module.ts';

export interface NetworkReport {
  readonly file: string;
  readonly summary: Omit<Summary, 'layers'>;
  readonly layers: readonly ReportLayer[];
  readonly picture: Picture;
  readonly memory: MemoryTimeline;
  readonly findings: readonly Finding[];
}

export interface ReportLayer extends LayerSummary {
  /** The operator with its window: `conv 3x3 /2`. */
  readonly operation: string;
  readonly source: SourceLines;
  /** What it computes, a value a line; only of layers that stand in the picture, which those of equal blocks share. */
  readonly formulas?: readonly string[];
  /** The derivatives that are computed for it. */
  readonly gradients?: readonly string[];
}

export interface SourceLines {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface Finding {
  readonly code: string;
  readonly severity: Diagnostic['severity'];
  readonly title: string;
  readonly message: string;
  readonly notes: readonly string[];
  readonly help?: string;
  readonly explanation: string;
  readonly source?: SourceLines;
  /** The layer that it is about. */
  readonly layer?: string;
}

export interface ReportRequest extends SummaryOptions {
  readonly elaboration: Elaboration;
  readonly diagnostics: readonly Diagnostic[];
  /** By the names of files. */
  readonly texts: ReadonlyMap<string, string>;
  readonly entryOf: (code: string) => CatalogueEntry | undefined;
}

export function networkReport(request: ReportRequest): NetworkReport {
  const { elaboration, diagnostics } = request;
  const { training } = elaboration;
  const { summary, plan } = summarizeWithPlan(elaboration, request);
  const { layers, ...rest } = summary;
  const picture = pictureOf(training);
  const linesOf = sourceLines(request.texts);
  const mathematicsOf = mathematicsByLayer(elaboration);
  const shown = new Set(allBoxes(picture.boxes).flatMap(({ kind, id }) => (kind === 'layer' ? [id] : [])));
  const reported = training.layers.map(
    (layer, k): ReportLayer => ({
      ...layers[k]!,
      operation: operatorText(layer.operator, layers[k]!.attributes),
      source: linesOf(layer.span),
      ...(shown.has(layer.name) && mathematicsOf(layer.name)),
    }),
  );
  const program = Object.values(plan.plans)[0]!;
  return {
    file: elaboration.place.file,
    summary: rest,
    layers: reported,
    picture,
    memory: memoryTimeline(program),
    findings: diagnostics.map((diagnostic) => findingOf(diagnostic, request, training.layers, linesOf)),
  };
}

type LinesOf = (span: Span) => SourceLines;

/** The first line of a place. */
function sourceLines(texts: ReadonlyMap<string, string>): LinesOf {
  const sources = new Map([...texts].map(([name, text]) => [name, new Source(name, text)]));
  return ({ file, start }) => {
    const source = sources.get(file);
    if (!source) return { file, line: 0, text: '' };
    const { line } = source.positionOf(start);
    return { file, line, text: source.lineAt(line) };
  };
}

function findingOf(
  { code, severity, message, span, notes, fix }: Diagnostic,
  { entryOf }: ReportRequest,
  layers: readonly Layer[],
  linesOf: LinesOf,
): Finding {
  const entry = entryOf(code);
  const layer = span && layers.find((one) => isWithin(span, one.span));
  return {
    code,
    severity,
    title: entry?.title ?? code,
    message,
    notes: notes.map((note) => note.message),
    ...(fix && { help: fix.message }),
    explanation: entry?.explanation ?? '',
    ...(span && { source: linesOf(span) }),
    ...(layer && { layer: layer.name }),
  };
}

function isWithin(inner: Span, outer: Span): boolean {
  return inner.file === outer.file && outer.start <= inner.start && inner.end <= outer.end;
}

type Mathematics = Pick<ReportLayer, 'formulas' | 'gradients'>;

/** Nothing is fused, so that every value is of one layer. */
function mathematicsByLayer(elaboration: Elaboration): (layer: string) => Mathematics {
  const { graph } = elaboration.training;
  const results = graph.results.filter(({ role }) => role === 'loss');
  const derived = hasLoss(elaboration) ? runPasses({ ...graph, results }, GRADIENT_PASSES) : graph;
  const [forward, backward] = [nodesByLayer(graph, false), nodesByLayer(derived, true)];
  const text = (nodes: readonly Node[] = []) => nodes.map((node) => mathematics(node).trim());
  return (layer) => ({ formulas: text(forward.get(layer)), gradients: text(backward.get(layer)) });
}

function nodesByLayer({ nodes }: Graph, backward: boolean): Map<string, Node[]> {
  const found = new Map<string, Node[]>();
  for (const node of nodes) {
    if (sourceOf(node) || isBackward(node.origins) !== backward) continue;
    for (const layer of new Set(node.origins.map((origin) => origin.layer)))
      found.set(layer, [...(found.get(layer) ?? []), node]);
  }
  return found;
}
