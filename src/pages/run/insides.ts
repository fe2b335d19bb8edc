/** @file A chosen picture: itself, what the loss depends on in it, and the maps of the layers. */
import type { PictureInside, ShownPicture } from '../../report/run-report.ts';
import { byId, choice, element } from '../report/dom.ts';
import { heatCanvas, mapsCanvas, pictureCanvas } from './canvas.ts';
import { titleOf } from './pictures.ts';

const WIDTH = 160;

export function addInsides(insides: readonly PictureInside[], pictures: readonly ShownPicture[]): void {
  const textOf = ({ picture }: PictureInside) => titleOf(pictures[picture]!);
  const show = (inside: PictureInside) => {
    const { large, saliency, layers } = inside;
    const named = (text: string, canvas: HTMLElement) => element('figure', {}, canvas, element('figcaption', {}, text));
    const own = [
      ...(large ? [named('the picture', pictureCanvas(large, WIDTH, textOf(inside)))] : []),
      ...(saliency ? [named('its saliency', heatCanvas(saliency, WIDTH, `saliency of ${textOf(inside)}`))] : []),
    ];
    const steps = layers.map((layer) => {
      const size = sizeOf(layer);
      const title = element('p', {}, layer.layer, element('span', {}, `${layer.operator}, ${size}`));
      return element('div', { class: 'step' }, title, mapsCanvas(layer, `${layer.layer}: ${size}`));
    });
    byId('maps').replaceChildren(element('div', { class: 'pictures own' }, ...own), ...steps);
  };
  const chosen = choice(insides.some(({ large }) => large) ? 'Picture' : 'Example', insides.map(textOf), (index) =>
    show(insides[index]!),
  );
  byId('chosen').append(chosen.label);
  show(insides[0]!);
}

function sizeOf({ height, width, planes, channels, lines }: PictureInside['layers'][number]): string {
  if (lines) return `${channels} channels, a line for each`;
  return height === 1 ? `${width} values` : `${planes} of ${channels} channels`;
}
