/** @file The script of a page with everything: the module within the page reads what is drawn, or pictures of a file. */

import { button, byId, element } from '../../../src/pages/report/dom.ts';
import { base64Bytes } from '../../../src/report/bytes.ts';
import type { Trainer } from '../../../src/runtime/trainer-api.ts';
import { Pad } from '../train/pad.ts';
import { fitted } from '../training/fitted.ts';
import { download } from './download.ts';
import type { Everything } from './everything.ts';

const { name, program, code, weights, classes } = JSON.parse(byId('everything').textContent!) as Everything;
const scores = element('div', { class: 'scores' });
const said = element('p', { role: 'status' }, 'The module is being started …');

async function start(): Promise<Trainer> {
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  const { createTrainer } = await import(/* @vite-ignore */ url);
  URL.revokeObjectURL(url);
  const trainer: Trainer = await createTrainer();
  trainer.load(base64Bytes(weights));
  return trainer;
}

/** One picture of the size of the input. */
function read(trainer: Trainer, picture: Parameters<Trainer['predict']>[0]): void {
  const [first] = trainer.predictAll(picture).values();
  const values = [...(first ?? [])];
  const most = Math.max(1e-9, ...values);
  const best = values.indexOf(Math.max(...values));
  const nameOf = (k: number) => classes[k] ?? `${k}`;
  said.textContent = classes.length > 0 ? `It is read as ${nameOf(best)}.` : `${values.length} numbers come out.`;
  const bar = (value: number) => {
    const drawn = element('span', { class: 'bar' });
    drawn.style.width = `${(100 * Math.max(0, value)) / most}%`;
    return drawn;
  };
  const rows = classes.length > 0 ? values : [];
  scores.replaceChildren(
    ...rows.map((value, k) =>
      element('div', {}, element('span', {}, nameOf(k)), bar(value), element('span', {}, value.toFixed(2))),
    ),
  );
}

/** The largest part in the middle that has the form of the input. */
async function pixelsOf(file: File, [, height, width]: readonly number[]): Promise<ImageData> {
  const picture = await createImageBitmap(file);
  const canvas = new OffscreenCanvas(width!, height!).getContext('2d')!;
  const scale = Math.max(width! / picture.width, height! / picture.height);
  const [w, h] = [picture.width * scale, picture.height * scale];
  canvas.imageSmoothingQuality = 'high';
  canvas.drawImage(picture, (width! - w) / 2, (height! - h) / 2, w, h);
  return canvas.getImageData(0, 0, width!, height!);
}

function addReading(trainer: Trainer): void {
  const [shape] = Object.values(trainer.network.inputs);
  const pad = new Pad('a pad to draw on, for the network to read', (pixels) => {
    if (pixels) read(trainer, fitted(pixels, 1, shape as [number, number, number]));
  });
  const file = element('input', { type: 'file', accept: 'image/*' });
  file.addEventListener('change', async () => {
    const [chosen] = file.files!;
    try {
      if (chosen) read(trainer, await pixelsOf(chosen, shape!));
    } catch {
      said.textContent = `${chosen!.name} is no picture that this browser can read.`;
    }
  });
  const side = element('div', {}, element('label', {}, 'or a picture: ', file), said, scores);
  byId('try').append(element('div', { class: 'try' }, pad.element, side));
  said.textContent = 'Draw something, or choose a picture.';
}

function addDownloads(): void {
  const file = name.toLowerCase();
  byId('take').append(
    element(
      'div',
      { class: 'tools' },
      button('Program (.cnn)', () => download(`${file}.cnn`, program)),
      button('Trainer module (.js)', () => download(`${file}.js`, code)),
      button('Weights (.safetensors)', () => download(`${file}.safetensors`, base64Bytes(weights))),
    ),
    element('pre', { tabindex: 0 }, program),
  );
}

addDownloads();
start().then(addReading, (error) => byId('try').append(element('p', {}, `The module does not start here: ${error}`)));
