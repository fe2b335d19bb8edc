/**
 * @file Where the boxes of a picture lie. Each block is laid out by itself, innermost first, and is then one box of the block
 * around it. What flows in or out of a block passes its upper or lower edge at a *port*, one for each source, so that
 * every level is a plain layered graph: lines never cross the border of a block anywhere else, and a block that is
 * opened or closed changes only what lies around it.
 */
import { layout as arrange, Graph } from '@dagrejs/dagre';
import { type Box, type Flow, isBlock, type Picture } from './boxes.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Places are relative to the whole picture; `x`, `y` are the upper left corner. */
export interface PlacedBox {
  readonly box: Box;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedFlow extends Flow {
  readonly points: readonly Point[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Blocks before what lies within. */
  readonly boxes: readonly PlacedBox[];
  /** A flow from block to block is drawn in pieces, one on each level. */
  readonly flows: readonly PlacedFlow[];
}

/** In pixels of the picture. Letters are all of one width, so that labels have their sizes without a font to measure. */
export const METRICS = {
  letter: 7.25,
  line: 16,
  padding: 8,
  /** Of a block: above its layers stands its name. */
  header: 24,
  margin: 14,
  betweenBoxes: 22,
  betweenRanks: 22,
  betweenPorts: 16,
} as const;

/** A level with places of its own. */
interface Level {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  readonly flows: readonly PlacedFlow[];
  /** Where a source from outside enters at the top, and where one of ours leaves at the bottom: by its id. */
  readonly entries: ReadonlyMap<string, number>;
  readonly exits: ReadonlyMap<string, number>;
}

const [TOP, BOTTOM] = ['\ntop', '\nbottom'];
/** The name of an edge that is not drawn. */
const ORDER = '\norder';

export function layOut({ boxes, flows }: Picture): Layout {
  const { width, height, boxes: placed, flows: lines } = layOutLevel(boxes, flows);
  return { width, height, boxes: placed, flows: lines };
}

function leavesOf(box: Box): string[] {
  return isBlock(box) ? box.children.flatMap(leavesOf) : [box.id];
}

/** `flows`: those of the whole picture that have an end in these boxes. */
function layOutLevel(boxes: readonly Box[], flows: readonly Flow[], name = ''): Level {
  const ownerOf = new Map(boxes.flatMap((box) => leavesOf(box).map((leaf) => [leaf, box.id] as const)));
  const touching = flows.filter(({ from, to }) => ownerOf.has(from) || ownerOf.has(to));
  const inner = new Map<string, Level>();
  for (const box of boxes) if (isBlock(box)) inner.set(box.id, layOutLevel(box.children, touching, headerOf(box)));
  const lines = linesOf(touching, ownerOf);
  const entering = [...new Set(lines.filter(({ start }) => start === TOP).map(({ source }) => source))];
  const leaving = [...new Set(lines.filter(({ end }) => end === BOTTOM).map(({ source }) => source))];
  const graph = arranged(boxes, inner, lines, entering.length, leaving.length);
  // Lines come in beside the name, straight down, and bend below it.
  const behindName = name === '' ? 0 : name.length * METRICS.letter + 2 * METRICS.padding;
  const portsWidth = METRICS.betweenPorts * Math.max(0, entering.length - 1);
  const { left, width } = breadthOf(graph, behindName + portsWidth + 2 * METRICS.padding);
  const corner = (id: string) => {
    const { x, y, width, height } = graph.node(id) as Required<Point & { width: number; height: number }>;
    return { x: x - width / 2 - left, y: y - height / 2, width, height };
  };
  const middle = (id: string) => (graph.hasNode(id) ? graph.node(id).x! - left : 0);
  const far = (id: string) => (id === TOP || id === BOTTOM ? 0 : graph.node(id).x!);
  const entries = ports(entering, Math.max(middle(TOP), behindName + portsWidth / 2), (source) =>
    mean(lines.flatMap((line) => (line.start === TOP && line.source === source ? far(line.end) : []))),
  );
  const exits = ports(leaving, middle(BOTTOM), (source) =>
    mean(lines.flatMap((line) => (line.end === BOTTOM && line.source === source ? far(line.start) : []))),
  );
  const { height = 0 } = graph.graph();
  const startOf = ({ start, source }: Line): Point => {
    if (start === TOP) return { x: entries.get(source)!, y: 0 };
    const place = corner(start);
    const port = inner.get(start)?.exits.get(source);
    return { x: place.x + (port ?? place.width / 2), y: place.y + place.height };
  };
  const endOf = ({ end, source }: Line): Point => {
    if (end === BOTTOM) return { x: exits.get(source)!, y: height };
    const place = corner(end);
    const port = inner.get(end)?.entries.get(source);
    return { x: place.x + (port ?? place.width / 2), y: place.y };
  };
  const own = lines.map((line): PlacedFlow => {
    const { points = [] } = graph.edge({ v: line.start, w: line.end, name: line.source }) as { points?: Point[] };
    const bends = points.slice(1, -1).map(({ x, y }) => ({ x: x - left, y }));
    const start = startOf(line);
    const below = line.start === TOP ? [{ x: start.x, y: METRICS.header }] : [];
    return { from: line.source, to: line.end, points: [start, ...below, ...bends, endOf(line)] };
  });
  const placed = boxes.flatMap((box): PlacedBox[] => {
    const place = corner(box.id);
    return [{ box, ...place }, ...moved(inner.get(box.id)?.boxes ?? [], place)];
  });
  const within = boxes.flatMap((box) => movedFlows(inner.get(box.id)?.flows ?? [], corner(box.id)));
  return { width, height, boxes: placed, flows: [...own, ...within], entries, exits };
}

/** A piece of a flow on one level, from a box or the top to a box or the bottom. */
interface Line {
  readonly start: string;
  readonly end: string;
  /** The leaf that it comes from. */
  readonly source: string;
}

function linesOf(flows: readonly Flow[], ownerOf: ReadonlyMap<string, string>): Line[] {
  const lines = new Map<string, Line>();
  for (const { from, to } of flows) {
    const line = { start: ownerOf.get(from) ?? TOP, end: ownerOf.get(to) ?? BOTTOM, source: from };
    if (line.start !== line.end) lines.set(`${line.start}\n${line.end}\n${from}`, line);
  }
  return [...lines.values()];
}

/** The boxes and the ports as dagre has arranged them. */
function arranged(
  boxes: readonly Box[],
  inner: ReadonlyMap<string, Level>,
  lines: readonly Line[],
  entering: number,
  leaving: number,
): Graph {
  const { betweenBoxes, betweenRanks, margin, header, betweenPorts } = METRICS;
  const graph = new Graph({ multigraph: true });
  const isInside = entering + leaving > 0;
  graph.setGraph({
    nodesep: betweenBoxes,
    ranksep: betweenRanks,
    edgesep: 14,
    marginx: margin,
    marginy: isInside ? 0 : margin,
  });
  for (const box of boxes) graph.setNode(box.id, { ...sizeOf(box, inner.get(box.id)) });
  // As high as the name of the block, which stands between the edge and the first layer.
  if (entering > 0) graph.setNode(TOP, { width: 1 + betweenPorts * (entering - 1), height: header });
  if (leaving > 0) graph.setNode(BOTTOM, { width: 1 + betweenPorts * (leaving - 1), height: 1 });
  for (const { start, end, source } of lines)
    graph.setEdge(start, end, { weight: start === TOP || end === BOTTOM ? 1 : 2 }, source);
  // Nothing lies above the top or below the bottom.
  for (const { id } of boxes) {
    if (entering > 0 && !lines.some(({ end }) => end === id)) graph.setEdge(TOP, id, { weight: 0 }, ORDER);
    if (leaving > 0 && !lines.some(({ start }) => start === id)) graph.setEdge(id, BOTTOM, { weight: 0 }, ORDER);
  }
  arrange(graph);
  return graph;
}

/** Lines may bend beyond the outermost boxes. */
function breadthOf(graph: Graph, least: number): { left: number; width: number } {
  const bends = graph.edges().flatMap((edge) => (graph.edge(edge).points as Point[]).slice(1, -1).map(({ x }) => x));
  const boxes = graph.nodes().flatMap((id) => {
    const { x, width } = graph.node(id) as { x: number; width: number };
    return [x - width / 2, x + width / 2];
  });
  const left = Math.min(...boxes, ...bends) - METRICS.margin;
  const width = Math.max(...boxes, ...bends) + METRICS.margin - left;
  return width >= least ? { left, width } : { left: left - (least - width) / 2, width: least };
}

/** Ports lie in the order of what they lead to, so that lines do not cross behind them. */
function ports(sources: readonly string[], middle: number, aim: (source: string) => number): Map<string, number> {
  const first = middle - (METRICS.betweenPorts * (sources.length - 1)) / 2;
  const sorted = [...sources].sort((a, b) => aim(a) - aim(b));
  return new Map(sorted.map((source, k) => [source, first + k * METRICS.betweenPorts]));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function sizeOf(box: Box, level: Level | undefined): { width: number; height: number } {
  const { letter, line, padding, header } = METRICS;
  if (level) return { width: level.width, height: level.height };
  const longest = Math.max(...box.label.map((text) => text.length));
  const extra = (box.count ?? 1) > 1 ? header : 0;
  return { width: longest * letter + 2 * padding + extra, height: box.label.length * line + padding };
}

/** What stands above the layers of a block: `layer1.1 … 2: Bottleneck × 2`. */
export function headerOf({ label: [name, block], count = 1 }: Box): string {
  return `${name === block ? name : `${name}: ${block}`}${count > 1 ? ` × ${count}` : ''}`;
}

function moved(boxes: readonly PlacedBox[], by: Point): PlacedBox[] {
  return boxes.map((placed) => ({ ...placed, x: placed.x + by.x, y: placed.y + by.y }));
}

function movedFlows(flows: readonly PlacedFlow[], by: Point): PlacedFlow[] {
  return flows.map((flow) => ({ ...flow, points: flow.points.map(({ x, y }) => ({ x: x + by.x, y: y + by.y })) }));
}
