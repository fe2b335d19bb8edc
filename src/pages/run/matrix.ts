/** @file The confusion matrix: a table, in which a cell shows pictures that are in it. */
import type { ConfusionTable, ShownPicture } from '../../report/run-report.ts';
import { byId, element } from '../report/dom.ts';
import { pictureFigure } from './pictures.ts';

export function addMatrix({ names, counts, pictures }: ConfusionTable, all: readonly ShownPicture[]): void {
  let pressed: HTMLElement | undefined;
  const show = (button: HTMLElement, row: number, column: number) => {
    pressed?.setAttribute('aria-pressed', 'false');
    button.setAttribute('aria-pressed', 'true');
    pressed = button;
    const found = pictures[`${row},${column}`] ?? [];
    const count = counts[row]![column]!;
    const title = row === column ? `${names[row]}, recognised` : `${names[row]}, taken for ${names[column]}`;
    const shown = found.length < count ? ` Of ${count}, ${found.length} are shown.` : '';
    const figures = found.map((picture) => pictureFigure(all[picture]!, all[picture]!.text));
    byId('cell').replaceChildren(
      element('h3', {}, `${title}: ${count}`),
      ...(shown ? [element('p', { class: 'faint-text' }, shown)] : []),
      element('div', { class: 'pictures' }, ...figures),
    );
  };
  const cell = (row: number, column: number): HTMLElement => {
    const count = counts[row]![column]!;
    if (count === 0) return element('td', { class: 'none' }, '0');
    const total = counts[row]!.reduce((sum, value) => sum + value, 0);
    const label = `${names[row]} taken for ${names[column]}: ${count}`;
    const made = element('button', { type: 'button', 'aria-label': label, 'aria-pressed': 'false' }, `${count}`);
    const part = Math.round(25 + 50 * (count / total));
    made.style.background = `color-mix(in srgb, var(${row === column ? '--bar' : '--wrong'}) ${part}%, var(--panel))`;
    made.addEventListener('click', () => show(made, row, column));
    return element('td', {}, made);
  };
  const head = names.map((name) => element('th', { scope: 'col', title: name }, name));
  const rows = names.map((name, row) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row', title: name }, name),
      ...names.map((_, column) => cell(row, column)),
    ),
  );
  byId('matrix').append(
    element(
      'table',
      { class: 'matrix' },
      element('thead', {}, element('tr', {}, element('td'), ...head)),
      element('tbody', {}, ...rows),
    ),
  );
}
