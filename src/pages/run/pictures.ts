/** @file A picture of the data with what is said of it. */
import type { ShownPicture } from '../../report/run-report.ts';
import { element } from '../report/dom.ts';
import { pictureCanvas } from './canvas.ts';

const WIDTH = 96;

export function pictureFigure({ drawn, number }: ShownPicture, text: string): HTMLElement {
  const caption = element('figcaption', {}, `${text} (${number})`);
  return element('figure', {}, ...(drawn ? [pictureCanvas(drawn, WIDTH, `image ${number}`)] : []), caption);
}
