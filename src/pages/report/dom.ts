/** @file Making elements. Texts are set as texts: nothing of a network is ever read as HTML. */

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  return filled(document.createElement(tag), attributes, children);
}

export function svgElement(
  tag: string,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): SVGElement {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function filled<One extends Element>(made: One, attributes: Attributes, children: readonly (Node | string)[]): One {
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : `${value}`);
  made.append(...children);
  return made;
}

export function byId(id: string): HTMLElement {
  return document.getElementById(id)!;
}

export function button(text: string, press: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button' }, text);
  made.addEventListener('click', press);
  return made;
}

/** A list of titles and values. */
export function facts(rows: readonly (readonly [string, string])[]): HTMLElement {
  const items = rows.flatMap(([title, value]) => [element('dt', {}, title), element('dd', {}, value)]);
  return element('dl', { class: 'facts' }, ...items);
}

export interface Choice {
  readonly label: HTMLElement;
  readonly select: HTMLSelectElement;
}

export function choice(title: string, options: readonly string[], change: (index: number) => void): Choice {
  const items = options.map((text, k) => element('option', { value: k }, text));
  const select = element('select', {}, ...items);
  select.addEventListener('change', () => change(select.selectedIndex));
  return { label: element('label', {}, `${title} `, select), select };
}

export function slider(title: string, last: number, move: (value: number) => void) {
  const input = element('input', { type: 'range', min: 0, max: last, step: 1, value: 0 });
  input.addEventListener('input', () => move(input.valueAsNumber));
  return { label: element('label', {}, title, input), input };
}
