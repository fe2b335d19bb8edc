/**
 * @file Diagnostics as SARIF 2.1.0 (OASIS), which code hosts show at the lines of a pull request. Columns count UTF-16 units
 * from 1, and a region ends before its end column, as ours do.
 */
import type { CatalogueEntry } from './catalogue-entry.ts';
import type { Diagnostic, Edit, Severity, Span } from './diagnostic.ts';
import type { Sources } from './render.ts';
import { sourceFinder } from './source.ts';

export interface SarifOptions {
  readonly version: string;
  readonly entryOf: (code: string) => CatalogueEntry | undefined;
}

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', advice: 'note' };

export function toSarif(diagnostics: readonly Diagnostic[], sources: Sources, options: SarifOptions): object {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const rules = codes.map((code) => ruleOf(code, options.entryOf(code)));
  const place = placesIn(sources);
  const driver = { name: 'cnnc', semanticVersion: options.version, rules };
  const results = diagnostics.map((diagnostic) => resultOf(diagnostic, codes.indexOf(diagnostic.code), place));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results }],
  };
}

function ruleOf(id: string, entry: CatalogueEntry | undefined): object {
  if (!entry) return { id };
  const { title, explanation, wrong, right, severity } = entry;
  const example = (name: string, text: string) => `${name}:\n\n${text.replace(/^/gm, '    ')}\n`;
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: explanation },
    help: {
      text: [explanation, example('Wrong', wrong), example('Right', right)].join('\n\n'),
      markdown: [explanation, `Wrong:\n\`\`\`\n${wrong}\n\`\`\``, `Right:\n\`\`\`\n${right}\n\`\`\``].join('\n\n'),
    },
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

interface PhysicalLocation {
  readonly artifactLocation: { readonly uri: string };
  readonly region?: Region;
}

interface Region {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

type PlaceOf = (span: Span) => PhysicalLocation;

/** A file that could not be read has no lines. */
function placesIn(sources: Sources): PlaceOf {
  const sourceOf = sourceFinder(sources);
  return (span) => {
    const found = sourceOf(span.file)?.placeOf(span);
    const artifactLocation = { uri: uriOf(span.file) };
    if (!found) return { artifactLocation };
    const { line: startLine, column: startColumn, endLine, endColumn } = found;
    return { artifactLocation, region: { startLine, startColumn, endLine, endColumn } };
  };
}

/** Relative paths stay relative, to the folder that the command runs in. */
function uriOf(file: string): string {
  const path = file.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
  if (/^[A-Za-z]:\//.test(file.replaceAll('\\', '/'))) return `file:///${path.replace('%3A', ':')}`;
  return path.startsWith('/') ? `file://${path}` : path;
}

function resultOf(
  { code, severity, message, span, notes, fix }: Diagnostic,
  ruleIndex: number,
  place: PlaceOf,
): object {
  const placeless = notes.filter((note) => !note.span).map((note) => `note: ${note.message}`);
  const text = [message, ...placeless, ...(fix ? [`help: ${fix.message}`] : [])].join('\n');
  const related = notes.flatMap((note) =>
    note.span ? [{ message: { text: note.message }, physicalLocation: place(note.span) }] : [],
  );
  const fixes = fix?.edits ? [fixOf(fix.message, fix.edits, place)] : [];
  return {
    ruleId: code,
    ruleIndex,
    level: LEVELS[severity],
    message: { text },
    ...(span && { locations: [{ physicalLocation: place(span) }] }),
    ...(related.length > 0 && { relatedLocations: related }),
    ...(fixes.length > 0 && { fixes }),
  };
}

function fixOf(message: string, edits: readonly Edit[], place: PlaceOf): object {
  const files = [...new Set(edits.map(({ span }) => span.file))];
  const artifactChanges = files.map((file) => ({
    artifactLocation: { uri: uriOf(file) },
    replacements: edits
      .filter(({ span }) => span.file === file)
      .map(({ span, replacement }) => ({
        deletedRegion: place(span).region,
        insertedContent: { text: replacement },
      })),
  }));
  return { description: { text: message }, artifactChanges };
}
