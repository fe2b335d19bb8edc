/** @file The script of the page of a run: it reads the data of the page and draws its pictures, filters and maps. */
import type { Examined } from '../../report/run-report.ts';
import { byId, element } from '../report/dom.ts';
import { filterDrawing } from './canvas.ts';
import { addInsides } from './insides.ts';
import { addMatrix } from './matrix.ts';
import { pictureFigure } from './pictures.ts';

const examined = JSON.parse(byId('examined').textContent!) as Examined;
const { mistakes, pictures, confusion, filters, insides } = examined;

if (mistakes.pictures.length > 0)
  byId('worst').append(...mistakes.pictures.map(({ picture, text }) => pictureFigure(pictures[picture]!, text)));
if (confusion) addMatrix(confusion, pictures);
if (filters) {
  const label = `${filters.filters} filters of ${filters.layer}`;
  byId('drawn-filters').append(
    filterDrawing(filters, label),
    element('p', { class: 'faint-text' }, filters.lines ? `${label}; 0 is in the middle.` : `${label}; grey is 0.`),
  );
}
if (insides.length > 0) addInsides(insides, pictures);
