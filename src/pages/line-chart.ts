/** @file Curves as SVG, drawn when the page is written: they need no script, and print. Colours come from the page's style. */
import { escaped } from '../drawing/svg.ts';

export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Drawn thin, behind the others. */
  readonly faint?: boolean;
}

export interface ChartAxis {
  readonly label: string;
  readonly log?: boolean;
  /** What lies outside is cut off. */
  readonly least?: number;
  readonly most?: number;
  /** Values that cannot be: no room is made for them. */
  readonly within?: readonly [low: number, high: number];
}

export interface LineChart {
  readonly title: string;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly curves: readonly Curve[];
  readonly marks?: readonly { readonly x: number; readonly label: string }[];
}

const [WIDTH, HEIGHT] = [640, 300];
const EDGE = { right: 12, top: 12, bottom: 42 };
/** Left of the curves: a line of text on its side, numbers at their widest, and what is between. */
const [TITLE, DIGIT, GAP] = [22, 8, 6];
/** Points drawn of a curve: more would not be seen. */
const MOST = 600;

interface Tick {
  readonly at: number;
  readonly text: string;
}

interface Scale {
  readonly ticks: readonly Tick[];
  readonly place: (value: number) => number;
  readonly fits: (value: number) => boolean;
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((step) => step * power >= rough * (1 - 1e-9)) ?? 10);
}

/** Of logarithmic scales: powers of ten alone where there are enough of them. */
const ROUND = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9]];

function logTicks(low: number, high: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low) + 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const every = Math.max(1, Math.ceil((last - first) / 8));
  for (const digits of ROUND) {
    const ticks: number[] = [];
    for (let power = first; power <= last; power += every)
      ticks.push(
        ...digits
          .map((digit) => digit * 10 ** power)
          .filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)),
      );
    if (ticks.length > 2) return ticks;
  }
  return [low, high];
}

function linearTicks(low: number, high: number, step: number): number[] {
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, k) => (first + k) * step);
}

/** Of values that do not vary, or by what rounding leaves alone, the axis shows the surroundings. */
const FLAT = 1e-6;

function rangeOf(values: readonly number[], { log = false, least, most, within }: ChartAxis): [number, number] {
  const usable = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  const low = least ?? usable.reduce((a, b) => Math.min(a, b), Infinity);
  const high = most ?? usable.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!(low <= high)) return log ? [1, 10] : [0, 1];
  if (high - low > FLAT * Math.max(Math.abs(low), Math.abs(high))) return [low, high];
  if (log) return [low / 2, high * 2];
  const room = Math.abs(low) / 2 || 0.5;
  const [lowest, highest] = within ?? [-Infinity, Infinity];
  return [Math.max(lowest, low - room), Math.min(highest, high + room)];
}

function scaleOf(values: readonly number[], axis: ChartAxis, from: number, to: number): Scale {
  const { log = false } = axis;
  const [low, high] = rangeOf(values, axis);
  const form = log ? Math.log : Number;
  const place = (value: number) =>
    from + ((to - from) * (form(Math.min(high, Math.max(low, value))) - form(low))) / (form(high) - form(low));
  const step = roundStep((high - low) / 6);
  const ticks = log ? logTicks(low, high) : linearTicks(low, high, step);
  const texts = log ? textsOf(ticks) : textsOf(ticks, step);
  return {
    place,
    ticks: ticks.map((value, k) => ({ at: place(value), text: texts[k]! })),
    fits: (value) => Number.isFinite(value) && (!log || value > 0),
  };
}

/** Decimals of a number that is written without an exponent, and its magnitude. */
const [MOST_DECIMALS, SMALLEST, LARGEST] = [4, 1e-3, 1e5];

/** The numbers of an axis, all in one form: with the decimals of the step where there is one, or all with exponents. */
function textsOf(ticks: readonly number[], step?: number): string[] {
  const sizes = ticks.filter((value) => value !== 0).map(Math.abs);
  const [small, large] = [step ?? Math.min(...sizes), Math.max(...sizes)];
  const decimals = Math.max(0, -Math.floor(Math.log10(small) + 1e-9));
  const isSmall = decimals > MOST_DECIMALS && (step === undefined || large < 10 * SMALLEST);
  if (large >= LARGEST || isSmall) return ticks.map(withExponent);
  return ticks.map((value) => (step === undefined ? `${short(value)}` : value.toFixed(decimals)));
}

function short(value: number, digits = 4): number {
  return Number(value.toPrecision(digits));
}

/** What differs in the last digits of an axis still does. */
function withExponent(value: number): string {
  return value === 0 ? '0' : short(value, 10).toExponential().replace('+', '');
}

/** A number on its own. */
function figureText(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size < SMALLEST || size >= LARGEST) ? withExponent(short(value)) : `${short(value)}`;
}

function thinned<Value>(values: readonly Value[]): readonly Value[] {
  if (values.length <= MOST) return values;
  return Array.from({ length: MOST }, (_, k) => values[Math.round((k * (values.length - 1)) / (MOST - 1))]!);
}

/** A figure element with the chart and its legend. */
export function lineChart({ title, x, y, curves, marks = [] }: LineChart): string {
  const all = curves.flatMap(({ points }) => points);
  const up = scaleOf(
    all.map(([, value]) => value),
    y,
    HEIGHT - EDGE.bottom,
    EDGE.top,
  );
  const left = TITLE + DIGIT * Math.max(...up.ticks.map(({ text }) => text.length)) + GAP;
  const across = scaleOf([...all.map(([at]) => at), ...marks.map((mark) => mark.x)], x, left, WIDTH - EDGE.right);
  const parts = [
    ...up.ticks.map((tick) => horizontal(tick, left)),
    ...across.ticks.map(vertical),
    ...curves.map((curve, k) => path(curve, k, across, up)),
    ...marks.map((mark) => markAt(across.place(mark.x), mark.label)),
    `<text class="title" x="${(left + WIDTH - EDGE.right) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${escaped(x.label)}</text>`,
    `<text class="title" transform="translate(14 ${(EDGE.top + HEIGHT - EDGE.bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>`,
  ];
  return `<figure class="curves"><figcaption>${escaped(title)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(described(title, curves))}">${parts.join('')}</svg>
${legend(curves)}</figure>`;
}

/** For readers who do not see it. */
function described(title: string, curves: readonly Curve[]): string {
  const ends = curves.flatMap(({ name, points, faint }) => {
    const last = points.at(-1);
    return last && !faint ? [`${name} ends at ${figureText(last[1])}`] : [];
  });
  return [title, ...ends].join('; ');
}

function horizontal({ at, text }: Tick, left: number): string {
  const y = at.toFixed(1);
  return `<path class="grid" d="M${left} ${y}H${WIDTH - EDGE.right}"/><text x="${left - GAP}" y="${(at + 4).toFixed(1)}" text-anchor="end">${text}</text>`;
}

function vertical({ at, text }: Tick): string {
  const x = at.toFixed(1);
  return `<path class="grid" d="M${x} ${EDGE.top}V${HEIGHT - EDGE.bottom}"/><text x="${x}" y="${HEIGHT - EDGE.bottom + 16}" text-anchor="middle">${text}</text>`;
}

function markAt(at: number, label: string): string {
  const right = at > (WIDTH * 2) / 3;
  return `<path class="mark" d="M${at.toFixed(1)} ${EDGE.top}V${HEIGHT - EDGE.bottom}"/><text class="named" x="${(at + (right ? -5 : 5)).toFixed(1)}" y="${EDGE.top + 12}" text-anchor="${right ? 'end' : 'start'}">${escaped(label)}</text>`;
}

function path({ name, points, faint }: Curve, k: number, across: Scale, up: Scale): string {
  const places = thinned(points.filter(([x, y]) => across.fits(x) && up.fits(y))).map(
    ([x, y]) => [across.place(x).toFixed(1), up.place(y).toFixed(1)] as const,
  );
  const line = places.map(([x, y], n) => `${n === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  // A single point is no line.
  const dots = faint || places.length > 40 ? [] : places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="2.5"/>`);
  return `<g class="curve c${k % 8}${faint ? ' faint' : ''}"><title>${escaped(name)}</title><path d="${line}"/>${dots.join('')}</g>`;
}

function legend(curves: readonly Curve[]): string {
  if (curves.length < 2) return '';
  const items = curves.map(
    ({ name, faint }, k) => `<li class="c${k % 8}${faint ? ' faint' : ''}">${escaped(name)}</li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}

export const CHART_STYLE = `.curves { margin: 0 0 1rem; max-width: 48rem; break-inside: avoid; } .curves figcaption { font-weight: 600; }
.curves svg { display: block; width: 100%; height: auto; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
.curves text { fill: var(--faint); font: 12px system-ui, sans-serif; } .curves .named { fill: var(--error); font-weight: 600; }
.curves .grid { stroke: var(--line); stroke-width: 0.5; } .curves .mark { stroke: var(--error); stroke-width: 1.5; stroke-dasharray: 4 3; }
.curve path { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; } .curve circle { fill: currentColor; }
.curve.faint path { stroke-width: 1; opacity: 0.4; }
.legend { list-style: none; margin: 0.25rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; font-size: 0.9rem; }
.legend li::before { content: ''; display: inline-block; width: 1.2em; height: 0.25em; margin-right: 0.4em; vertical-align: middle; background: currentColor; }
.c0 { color: #1f77d0; } .c1 { color: #c4501b; } .c2 { color: #207346; } .c3 { color: #8a4fbf; } .c4 { color: #a8730a; } .c5 { color: #b5317a; } .c6 { color: #0d8291; } .c7 { color: #6b6f76; }
@media screen and (prefers-color-scheme: dark) { .c0 { color: #6fb1f2; } .c1 { color: #f0925f; } .c2 { color: #68c494; } .c3 { color: #bb93e6; } .c4 { color: #dcb04e; } .c5 { color: #ea84b6; } .c6 { color: #5fc2ce; } .c7 { color: #a6abb3; } }
`;
