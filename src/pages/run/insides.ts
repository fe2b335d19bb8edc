/** @file A chosen picture: itself, what the loss depends on in it, and the maps of the layers. */
import type { DrawnPlanes } from '../../report/bytes.ts';
import type { PictureInside, ShownPicture } from '../../report/run-report.ts';
import { byId, choice, element } from '../report/dom.ts';
import { exampleDrawing, heatCanvas, mapsDrawing } from './canvas.ts';
import { titleOf } from './pictures.ts';

const WIDTH = 160;
const TITLES = { picture: 'Picture', signal: 'Signal', example: 'Example' } as const;

export function addInsides(insides: readonly PictureInside[], pictures: readonly ShownPicture[]): void {
  const textOf = ({ picture }: PictureInside) => titleOf(pictures[picture]!);
  const show = (inside: PictureInside) => {
    const { large, saliency, layers } = inside;
    const { kind } = pictures[inside.picture]!;
    const named = (text: string, canvas: Element) => element('figure', {}, canvas, element('figcaption', {}, text));
    const own = [
      ...(large ? [named(`the ${kind}`, exampleDrawing(large, WIDTH, textOf(inside)))] : []),
      ...(saliency ? [named('its saliency', saliencyDrawing(saliency, `saliency of ${textOf(inside)}`))] : []),
    ];
    const steps = layers.map((layer) => {
      const size = sizeOf(layer);
      const title = element('p', {}, layer.layer, element('span', {}, `${layer.operator}, ${size}`));
      return element('div', { class: 'step' }, title, mapsDrawing(layer, `${layer.layer}: ${size}`));
    });
    byId('maps').replaceChildren(element('div', { class: 'pictures own' }, ...own), ...steps);
  };
  const chosen = choice(TITLES[pictures[insides[0]!.picture]!.kind], insides.map(textOf), (index) =>
    show(insides[index]!),
  );
  byId('chosen').append(chosen.label);
  show(insides[0]!);
}

function saliencyDrawing(saliency: DrawnPlanes, label: string): Element {
  return saliency.lines ? exampleDrawing(saliency, WIDTH, label) : heatCanvas(saliency, WIDTH, label);
}

function sizeOf({ height, width, planes, channels, lines }: PictureInside['layers'][number]): string {
  return height === 1 && !lines ? `${width} values` : `${planes} of ${channels} channels`;
}
