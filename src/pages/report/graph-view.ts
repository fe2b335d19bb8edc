/** @file The layers as a graph whose blocks open and close: it is laid out again each time, level by level. */
import { allBoxes, type Box, blocksBelow, closeBlocks, isBlock, type Picture } from '../../drawing/boxes.ts';
import { type Layout, layOut } from '../../drawing/layout.ts';
import { svgContent } from '../../drawing/svg.ts';
import { button, byId, svgElement } from './dom.ts';

/** With more boxes than these blocks are closed at first. */
const EASILY_SEEN = 60;

export class GraphView {
  readonly #boxes: ReadonlyMap<string, Box>;
  readonly #closed: Set<string>;
  #chosen: string | undefined;
  #zoom = 1;

  constructor(
    readonly picture: Picture,
    readonly choose: (box: Box) => void,
  ) {
    const all = allBoxes(picture.boxes);
    this.#boxes = new Map(all.map((box) => [box.id, box]));
    this.#closed = new Set(all.length > EASILY_SEEN ? blocksBelow(picture.boxes, this.#firstDepth()) : []);
    this.#addTools();
    const graph = byId('graph');
    graph.addEventListener('click', (event) => this.#press(event.target as Element));
    graph.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      if (this.#press(event.target as Element)) event.preventDefault();
    });
    this.draw();
  }

  /** As many levels are open as show boxes enough, but not too many. */
  #firstDepth(): number {
    let depth = 0;
    const shown = (levels: number) => {
      const closed = closeBlocks(this.picture, new Set(blocksBelow(this.picture.boxes, levels)));
      return allBoxes(closed.boxes).length;
    };
    while (depth < 8 && shown(depth + 1) <= EASILY_SEEN && shown(depth + 1) > shown(depth)) depth++;
    return depth;
  }

  #addTools(): void {
    const blocks = [...this.#boxes.values()].filter(isBlock).map(({ id }) => id);
    const tools = byId('tools');
    const all = (isClosed: boolean) => () => {
      for (const id of blocks)
        if (isClosed) this.#closed.add(id);
        else this.#closed.delete(id);
      this.draw();
    };
    if (blocks.length > 0) tools.append(button('Open all blocks', all(false)), button('Close all blocks', all(true)));
    tools.append(
      button('Larger', () => this.#scale(1.25)),
      button('Smaller', () => this.#scale(0.8)),
    );
  }

  #scale(factor: number): void {
    this.#zoom = Math.min(3, Math.max(0.2, this.#zoom * factor));
    this.draw();
  }

  /** True if something was there to press. */
  #press(target: Element): boolean {
    const toggled = target.closest('[data-toggle]')?.getAttribute('data-toggle');
    const id = toggled ?? target.closest('.leaf')?.getAttribute('data-box');
    const box = id === null || id === undefined ? undefined : this.#boxes.get(id);
    if (!box) return false;
    if (isBlock(box)) {
      if (this.#closed.has(box.id)) this.#closed.delete(box.id);
      else this.#closed.add(box.id);
    }
    this.show(box.id);
    this.choose(box);
    return true;
  }

  /** Marks a box, opens the blocks around it and brings it into view. */
  show(id: string, scroll = false): void {
    this.#chosen = id;
    for (const box of this.#boxes.values())
      if (isBlock(box) && box.id !== id && allBoxes(box.children).some((inner) => inner.id === id))
        this.#closed.delete(box.id);
    this.draw();
    const found = this.#find(id);
    found?.focus({ preventScroll: !scroll });
    if (scroll) found?.scrollIntoView({ block: 'center', inline: 'center' });
  }

  #find(id: string): SVGElement | undefined {
    const found = [...document.querySelectorAll<SVGElement>('#graph [tabindex]')];
    return found.find((one) => (one.dataset.toggle ?? one.dataset.box) === id);
  }

  draw(): void {
    const layout = layOut(closeBlocks(this.picture, this.#closed));
    const svg = this.#svgOf(layout);
    for (const leaf of svg.querySelectorAll<SVGElement>('.leaf, [data-toggle]')) this.#makeUsable(leaf);
    byId('graph').replaceChildren(svg);
  }

  #svgOf(layout: Layout): SVGElement {
    const { width, height } = layout;
    const size = { width: width * this.#zoom, height: height * this.#zoom, viewBox: `0 0 ${width} ${height}` };
    const svg = svgElement('svg', { class: 'picture', role: 'group', 'aria-label': 'graph of the layers', ...size });
    svg.innerHTML = svgContent(layout);
    return svg;
  }

  #makeUsable(leaf: SVGElement): void {
    const id = leaf.dataset.toggle ?? leaf.dataset.box!;
    const box = this.#boxes.get(id)!;
    leaf.setAttribute('tabindex', '0');
    leaf.setAttribute('role', 'button');
    if (isBlock(box)) leaf.setAttribute('aria-expanded', `${!this.#closed.has(id)}`);
    if (id === this.#chosen) leaf.classList.add('chosen');
  }
}
