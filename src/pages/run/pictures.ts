/** @file A picture of the data with what is said of it. */
import type { ShownPicture } from '../../report/run-report.ts';
import { element } from '../report/dom.ts';
import { exampleDrawing } from './canvas.ts';

const WIDTH = 96;

function nameOf({ file, number, kind }: ShownPicture): string {
  return file ?? `${kind === 'picture' ? 'image' : kind} ${number}`;
}

/** On one line: what it shows, and which one it is. */
export function titleOf(picture: ShownPicture): string {
  return picture.text ? `${picture.text} (${nameOf(picture)})` : nameOf(picture);
}

export function pictureFigure(picture: ShownPicture, text: string): HTMLElement {
  const { drawn } = picture;
  const name = nameOf(picture);
  const caption = element('figcaption', {}, text && `${text} `, element('span', { class: 'which' }, name));
  return element('figure', {}, ...(drawn ? [exampleDrawing(drawn, WIDTH, name)] : []), caption);
}
