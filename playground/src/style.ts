/** @file How the playground looks: as the pages of reports do, and what it has besides them. */
import { DARK, LIGHT, pictureStyle } from '../../src/drawing/svg.ts';
import { CHART_STYLE } from '../../src/pages/line-chart.ts';
import { REPORT_STYLE } from '../../src/pages/report-style.ts';

const OWN = `
:root { --keyword: #8a3ab9; --string: #2a7a3f; --number: #b0440c; --call: #1c5fa8; --label: #7a5a00; }
@media (prefers-color-scheme: dark) { :root { --keyword: #cf9bf0; --string: #86cf98; --number: #f2a36f; --call: #86bdf2; --label: #d9b65c; } }
body { max-width: none; padding: 0; }
[hidden] { display: none !important; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1.5rem; padding: 0.6rem 1rem; border-bottom: 1px solid var(--line); background: var(--panel); }
.top h1 { font-size: 1.15rem; } .top .tools { margin: 0; align-items: center; flex: 1 1 12rem; min-width: 0; }
.top label, .tools label { display: inline-flex; align-items: center; gap: 0.4rem; font-size: 0.9rem; }
select { max-width: 100%; min-width: 0; flex: 0 1 auto; } .top label, .tools label { max-width: 100%; min-width: 0; }
.page { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); gap: 1rem; padding: 1rem; align-items: start; }
.program { position: sticky; top: 1rem; } .program, .views { min-width: 0; }
#editor { border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
#editor .cm-editor { max-height: 62vh; min-height: 12rem; background: var(--paper); color: var(--ink); }
#editor .cm-editor.cm-focused { outline: none; } #editor:focus-within { outline: 2px solid var(--accent); outline-offset: 1px; }
#editor .cm-scroller { font: 0.85rem/1.55 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
#editor .cm-gutters { background: var(--panel); color: var(--faint); border-right: 1px solid var(--line); }
#editor .cm-activeLine, #editor .cm-activeLineGutter { background: color-mix(in srgb, var(--accent) 7%, transparent); }
#editor .cm-cursor { border-left-color: var(--ink); } #editor .cm-placeholder { color: var(--faint); }
#editor .cm-selectionBackground, #editor .cm-focused .cm-selectionBackground { background: color-mix(in srgb, var(--accent) 28%, transparent) !important; }
.cm-tooltip { background: var(--panel) !important; color: var(--ink); border: 1px solid var(--line) !important; border-radius: 6px; max-width: min(36rem, 92vw); }
.cm-tooltip.cm-tooltip-autocomplete > ul { max-height: 14rem; font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.cm-tooltip-autocomplete ul li[aria-selected] { background: var(--accent) !important; color: var(--paper) !important; }
.cm-tooltip-autocomplete .cm-completionDetail { color: var(--faint); font-style: normal; font-family: system-ui, sans-serif; font-size: 0.85em; }
.cm-tooltip-autocomplete li[aria-selected] .cm-completionDetail { color: inherit; }
.cm-completionInfo { max-width: 26rem !important; max-height: 18rem; overflow: auto; }
.cm-diagnosticAction { background: var(--accent) !important; color: var(--paper) !important; }
.documentation { padding: 0.4rem 0.7rem; max-height: 20rem; overflow: auto; font-size: 0.9rem; }
.documentation p { margin: 0 0 0.4rem; } .documentation ul { margin: 0 0 0.4rem; padding-left: 1.1rem; } .documentation hr { border: 0; border-top: 1px solid var(--line); }
.documentation pre { white-space: pre-wrap; }
.cnn-comment { color: var(--faint); font-style: italic; } .cnn-string { color: var(--string); } .cnn-number { color: var(--number); }
.cnn-keyword { color: var(--keyword); font-weight: 600; } .cnn-call { color: var(--call); } .cnn-label { color: var(--label); } .cnn-arrow { color: var(--faint); white-space: nowrap; }
.shape-hint { color: var(--faint); background: var(--panel); border: 1px solid var(--line); border-radius: 4px; padding: 0 0.3em; margin-left: 0.5em; font-size: 0.85em; white-space: nowrap; }
#experiment { border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: 8px; padding: 0.6rem 0.9rem; margin-bottom: 0.75rem; background: var(--panel); }
#experiment h2 { margin: 0 0 0.4rem; font-size: 1.05rem; } #experiment p { font-size: 0.92rem; margin-bottom: 0.5rem; }
[aria-pressed=true] { border-color: var(--accent); font-weight: 600; }
.menu { position: relative; } .menu summary { cursor: pointer; border: 1px solid var(--line); border-radius: 6px; padding: 0.25rem 0.75rem; font-size: 0.9rem; background: var(--paper); }
.menu[open] > div { position: absolute; right: 0; z-index: 300; display: grid; gap: 0.4rem; width: min(20rem, 90vw); padding: 0.6rem; margin-top: 0.3rem; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 6px 24px #0003; }
.menu p { margin: 0; font-size: 0.85rem; overflow-wrap: anywhere; } .menu p:empty { display: none; }
.program .tools { margin: 0.5rem 0; align-items: center; } #state { margin: 0.5rem 0; }
.primary { background: var(--accent); color: var(--paper); border-color: var(--accent); font-weight: 600; }
button[disabled] { opacity: 0.55; cursor: default; }
.findings { margin: 0; } code.short { white-space: nowrap; } .findings .code { color: var(--faint); font-size: 0.8rem; margin-left: 0.5rem; }
.findings .place { border: 0; background: none; padding: 0; min-height: 1.5rem; color: var(--accent); text-decoration: underline; }
.findings details p { margin-top: 0.4rem; }
[role=tablist] { display: flex; flex-wrap: wrap; gap: 0.25rem; border-bottom: 1px solid var(--line); margin-bottom: 1rem; }
[role=tab] { border: 0; border-bottom: 3px solid transparent; border-radius: 0; background: none; padding: 0.4rem 0.8rem; }
[role=tab][aria-selected=true] { border-bottom-color: var(--accent); font-weight: 600; }
[role=tabpanel] > :first-child, [role=tabpanel] h2:first-child { margin-top: 0; }
.views h2 { margin-top: 1.5rem; } .views .scroll { max-height: 60vh; } .views .columns { grid-template-columns: minmax(0, 3fr) minmax(15rem, 2fr); }
.table { overflow: auto; max-height: 60vh; border: 1px solid var(--line); border-radius: 8px; margin-bottom: 1rem; }
.table table { width: 100%; } .table thead th { position: sticky; top: 0; background: var(--panel); } .table td:nth-child(2), .table th:nth-child(2) { text-align: left; }
.table tfoot td, .table tfoot th { font-weight: 600; border-bottom: 0; }
.kernel { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 0.75rem; border-top: 1px solid var(--line); padding-top: 0.75rem; margin-bottom: 0.75rem; } .kernel pre { max-height: 24rem; margin: 0; } .kernel .formula { white-space: pre-wrap; }
.field { max-width: 32rem; }
.curves { max-width: none; margin: 0; } .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); gap: 1rem; }
.rate { display: flex; align-items: center; gap: 0.75rem; margin: 0.5rem 0; } .rate input { flex: 1; } .rate output { min-width: 4rem; font-variant-numeric: tabular-nums; }
.state { font-variant-numeric: tabular-nums; }
.digits { list-style: none; display: flex; flex-wrap: wrap; gap: 0.5rem; padding: 0; margin: 0; } .digits li { display: grid; justify-items: center; font-size: 0.9rem; border: 1px solid var(--line); border-radius: 6px; padding: 0.25rem; min-width: 3.9rem; }
.digits .wrong { border-color: var(--error); color: var(--error); }
.sheet { image-rendering: pixelated; max-width: 100%; height: auto; display: block; } .pad { border: 1px solid var(--line); border-radius: 8px; background: var(--panel); touch-action: none; cursor: crosshair; display: block; max-width: 100%; }
.pad-box { display: grid; gap: 0.5rem; justify-items: start; margin-bottom: 0.5rem; } .one-picture { display: flex; flex-wrap: wrap; gap: 1rem 2rem; margin-bottom: 1rem; } .subject { flex: 1; min-width: 12rem; }
.response { margin: 0 0 0.75rem; } .response figcaption { font-size: 0.85rem; margin-bottom: 0.2rem; }
.data { border: 1px solid var(--line); border-radius: 8px; padding: 0.4rem 0.75rem; margin-bottom: 0.75rem; } .data[open] summary { margin-bottom: 0.5rem; } .data.over { border-color: var(--accent); background: var(--panel); }
.data fieldset { border: 0; padding: 0; margin: 0 0 0.5rem; display: flex; flex-wrap: wrap; gap: 0.3rem 1rem; } .data p { font-size: 0.92rem; margin: 0.4rem 0; } .drop { border: 2px dashed var(--line); border-radius: 8px; padding: 0.4rem 0.75rem; }
.classes { list-style: none; padding: 0; margin: 0 0 0.5rem; display: grid; gap: 0.5rem; } .classes li { display: flex; flex-wrap: wrap; gap: 0.4rem; align-items: center; } .classes input { width: 8rem; } .drawing { border: 1px solid var(--line); border-radius: 4px; margin-right: 2px; }
.scores { display: grid; grid-template-columns: fit-content(9rem) minmax(0, 1fr) 3rem; gap: 0 0.5rem; align-items: center; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
.scores div { display: contents; } .scores span { overflow-wrap: anywhere; } .scores .bar { height: 0.7rem; background: var(--bar); border-radius: 3px; } .scores .value { text-align: right; }
@media (max-width: 64rem) { .page { grid-template-columns: minmax(0, 1fr); } .program { position: static; } #editor .cm-editor { max-height: 50vh; } }
@media (max-width: 48rem) { .kernel { grid-template-columns: minmax(0, 1fr); } .views .columns { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 48rem) { .menu[open] > div { right: auto; left: 0; } }
@media (max-width: 30rem) { .page { padding: 0.6rem; } .top { padding: 0.6rem; } [role=tab] { padding: 0.4rem 0.5rem; } }
`;

export const STYLE = `${pictureStyle(LIGHT)}
@media (prefers-color-scheme: dark) {
${pictureStyle(DARK)}
}
${REPORT_STYLE}${CHART_STYLE}${OWN}`;
