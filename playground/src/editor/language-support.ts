/** @file What the editor asks the language worker: completions, hovers, and fixes beside their mistakes. */
import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  snippet,
} from '@codemirror/autocomplete';
import type { Action, Diagnostic as Underline } from '@codemirror/lint';
import type { ChangeSpec, Extension, Text } from '@codemirror/state';
import { type EditorView, hoverTooltip } from '@codemirror/view';
import type { Diagnostic, Edit } from '../../../src/diagnostics/diagnostic.ts';
import type { CompletionKind, Completion as Proposal } from '../../../src/lsp/completion.ts';
import { element } from '../../../src/pages/report/dom.ts';
import type { LanguageAnswers } from '../language/answers.ts';
import { markdownElements } from '../markdown.ts';
import type { Client } from '../workers.ts';

export type Language = Client<LanguageAnswers>;

export function changesOf(edits: readonly Edit[]): ChangeSpec[] {
  return edits.map(({ span, replacement }) => ({ from: span.start, to: span.end, insert: replacement }));
}

const ICONS: Readonly<Record<CompletionKind, string>> = {
  keyword: 'keyword',
  layer: 'function',
  block: 'class',
  function: 'function',
  value: 'variable',
  parameter: 'variable',
  argument: 'property',
  setting: 'property',
  word: 'enum',
  file: 'namespace',
  constant: 'constant',
};

function proposed(
  { label, kind, detail, documentation, snippet: template, edits = [] }: Proposal,
  order: number,
): Completion {
  return {
    label,
    type: ICONS[kind],
    boost: Math.max(-99, -order),
    ...(detail !== undefined && { detail: detail.length > 48 ? `${detail.slice(0, 47)}…` : detail }),
    ...(documentation !== undefined && {
      info: () => element('div', { class: 'documentation' }, ...markdownElements(documentation)),
    }),
    apply(view: EditorView, completion: Completion, from: number, to: number) {
      // Changes elsewhere, such as an import, come after: they lie before the cursor and would move it.
      if (template === undefined)
        view.dispatch({ changes: { from, to, insert: label }, selection: { anchor: from + label.length } });
      else snippet(braced(template))(view, completion, from, to);
      if (edits.length > 0) view.dispatch({ changes: changesOf(edits) });
    },
  };
}

/** `$0` of the protocol, the last place to go to, is an empty field here; without one it is behind all. */
function braced(template: string): string {
  const ended = /\$\{?\d/.test(template) && !template.includes('$0') ? `${template}$0` : template;
  return ended.replace(/\$(\d+)/g, (_, number) => `\${${number === '0' ? '' : number}}`);
}

function completions(language: Language) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const before = context.state.sliceDoc(Math.max(0, context.pos - 2), context.pos);
    if (!context.explicit && !/[\w.(:"/]$|[,>] ?$|: $/.test(before)) return null;
    const { start, end, items } = await language.ask('complete', context.state.doc.toString(), context.pos);
    if (items.length === 0) return null;
    return { from: start, to: Math.max(end, context.pos), options: items.map(proposed), validFor: /^\w*$/ };
  };
}

function hovers(language: Language): Extension {
  return hoverTooltip(
    async (view, position) => {
      const hover = await language.ask('hover', view.state.doc.toString(), position);
      if (!hover) return null;
      const dom = element('div', { class: 'documentation' }, ...markdownElements(hover.markdown));
      return { pos: hover.span.start, end: hover.span.end, above: true, create: () => ({ dom }) };
    },
    { hoverTime: 250 },
  );
}

export function languageSupport(language: Language): Extension {
  return [autocompletion({ override: [completions(language)], icons: false }), hovers(language)];
}

const LEVELS = { error: 'error', warning: 'warning', advice: 'info' } as const;

/** As the editor underlines it. */
export function underlineOf({ code, severity, message, span, fix }: Diagnostic, doc: Text): Underline {
  const from = Math.min(span?.start ?? 0, doc.length);
  const to = Math.min(Math.max(span?.end ?? 0, from), doc.length);
  const edits = fix?.edits ?? [];
  const action: Action = {
    name: 'Mend',
    apply: (view) => doc.eq(view.state.doc) && view.dispatch({ changes: changesOf(edits) }),
  };
  return {
    from,
    to,
    severity: LEVELS[severity],
    source: code,
    message: fix ? `${message}: ${fix.message}` : message,
    ...(edits.length > 0 && { actions: [action] }),
  };
}
