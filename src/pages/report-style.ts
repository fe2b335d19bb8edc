/** @file How the page of a report looks: in light and dark surroundings, and on narrow screens. */

const LIGHT = `--paper: #ffffff; --ink: #1d2530; --faint: #56616d; --line: #ccd3da; --panel: #f5f7f9; --accent: #1c66ad;
  --bar: #8db8e2; --warning: #8a5a00; --error: #b3261e; --field: #1c66ad; --wrong: #e8a08f;`;

const DARK = `--paper: #14181d; --ink: #e3e8ee; --faint: #a3afbb; --line: #3a444e; --panel: #1b2026; --accent: #7fb6ec;
  --bar: #2f5f8f; --warning: #e0b050; --error: #f28b82; --field: #7fb6ec; --wrong: #8a3b32;`;

export const REPORT_STYLE = `:root { color-scheme: light dark; ${LIGHT} }
@media screen and (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 90rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.6rem; } h2 { font-size: 1.25rem; margin: 2rem 0 0.5rem; } h3 { margin: 0 0 0.5rem; }
p { margin: 0 0 0.75rem; max-width: 46rem; }
header p, .faint-text { color: var(--faint); }
code, pre, .mono { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 0.85rem; }
pre { overflow: auto; margin: 0 0 0.75rem; padding: 0.5rem; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; }
button, select { font: inherit; font-size: 0.9rem; color: var(--ink); background: var(--panel); border: 1px solid var(--line);
  border-radius: 6px; padding: 0.25rem 0.75rem; min-height: 2rem; cursor: pointer; }
button:hover { border-color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
input[type=range] { width: 100%; max-width: 46rem; accent-color: var(--accent); }
.totals { display: grid; grid-template-columns: repeat(auto-fill, minmax(11.5rem, 1fr)); gap: 0.5rem; margin: 1rem 0; }
.totals div { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 0.5rem 0.75rem; }
.totals dt { color: var(--faint); font-size: 0.85rem; } .totals dd { margin: 0; font-size: 0.95rem; font-weight: 600; overflow-wrap: anywhere; }
.tools { display: flex; flex-wrap: wrap; gap: 0.5rem; margin-bottom: 0.5rem; }
.columns { display: grid; grid-template-columns: minmax(0, 3fr) minmax(18rem, 2fr); gap: 1rem; align-items: start; }
.scroll { overflow: auto; max-height: 80vh; border: 1px solid var(--line); border-radius: 8px; }
.scroll svg { display: block; margin: 0 auto; }
aside { position: sticky; top: 1rem; max-height: 80vh; overflow: auto; background: var(--panel); border: 1px solid var(--line);
  border-radius: 8px; padding: 0.75rem 1rem; }
aside dl, .facts { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.1rem 1rem; margin: 0 0 0.75rem; }
aside dt, .facts dt { color: var(--faint); } aside dd, .facts dd { margin: 0; overflow-wrap: anywhere; }
.picture [data-box], .picture [data-toggle] { cursor: pointer; }
.picture [tabindex]:focus { outline: none; }
.picture .leaf:focus-visible rect { stroke: var(--accent); stroke-width: 3; }
.picture [data-toggle]:focus-visible text { text-decoration: underline; fill: var(--accent); }
.picture .chosen .header { fill: var(--accent); font-weight: 600; }
.picture .chosen rect { stroke: var(--accent); stroke-width: 2.5; }
.bars { list-style: none; margin: 0; padding: 0; max-width: 60rem; }
.bars button { display: grid; grid-template-columns: minmax(6rem, 14rem) minmax(0, 1fr) minmax(5rem, auto); gap: 0.75rem; align-items: center;
  width: 100%; text-align: left; background: none; border-color: transparent; padding: 0.1rem 0.5rem; }
.bars .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; direction: rtl; }
.bars .value { text-align: right; font-variant-numeric: tabular-nums; }
.bars .bar { display: block; height: 0.9rem; background: var(--bar); border-radius: 3px; min-width: 1px; }
.chart { display: block; width: 100%; max-width: 60rem; height: auto; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
.chart .area { fill: var(--bar); } .chart .mark { stroke: var(--error); stroke-width: 1; vector-effect: non-scaling-stroke; }
.chart .here { stroke: var(--accent); stroke-width: 2; vector-effect: non-scaling-stroke; }
.field { display: block; max-width: 26rem; width: 100%; height: auto; margin: 0.5rem 0; touch-action: none; }
.field .map { fill: var(--panel); stroke: var(--line); } .field .grid { stroke: var(--line); }
.field .input { image-rendering: pixelated; }
.field .seen { fill: var(--field); fill-opacity: 0.25; stroke: var(--field); } .field .beyond { fill: none; stroke: var(--field); stroke-dasharray: 4 3; }
.field .least { fill: none; stroke: var(--field); stroke-width: 1; }
.field rect, .field line { vector-effect: non-scaling-stroke; }
table.figures { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9rem; }
.figures th, .figures td { padding: 0.1rem 0.75rem; border-bottom: 1px solid var(--line); text-align: right; } .figures th:first-child { text-align: left; }
.findings { list-style: none; padding: 0; max-width: 60rem; }
.findings li { border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: 6px; padding: 0.5rem 0.75rem; margin-bottom: 0.5rem; }
.findings li.warning { border-left-color: var(--warning); } .findings li.error { border-left-color: var(--error); }
.findings p { margin: 0 0 0.25rem; }
@media (max-width: 60rem) { .columns { grid-template-columns: minmax(0, 1fr); } aside { position: static; max-height: none; } .scroll { max-height: 60vh; } }
@media (max-width: 30rem) { body { padding: 0.75rem; } .bars button { grid-template-columns: minmax(4rem, 7rem) minmax(0, 1fr) auto; gap: 0.4rem; padding: 0.1rem 0; }
  .totals { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
`;
