/** Draws, and teaches the network of draw.cnn what is drawn. */
import { createTrainerWorker, network } from './draw.js';
import { addPicture, clearPictures, makeClasses, showBars, Training } from './training.js';

const SIDE = 28;
/** Into the middle of the image goes the drawing, as high or wide as this; so it does not matter where it was drawn. */
const INNER = 20;

const sheet = document.querySelector('[data-part="sheet"]');
const context = sheet.getContext('2d', { willReadFrequently: true });
const bars = document.querySelector('[data-part="bars"]');

function drawLine(from, to) {
  Object.assign(context, { lineWidth: 18, lineCap: 'round', lineJoin: 'round' });
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  context.stroke();
  predict();
}

/** The box around all ink, or nothing. */
function bounds() {
  const { width, height } = sheet;
  const { data } = context.getImageData(0, 0, width, height);
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (data[4 * (y * width + x) + 3] === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  return right > left ? { left, top, width: right - left, height: bottom - top } : undefined;
}

/** The drawing as the network sees it: how much ink is on each of 28 x 28 pixels. Nothing for an empty sheet. */
function look() {
  const box = bounds();
  if (!box) return undefined;
  const canvas = document.createElement('canvas');
  canvas.className = 'ink';
  canvas.width = canvas.height = SIDE;
  const small = canvas.getContext('2d', { willReadFrequently: true });
  small.imageSmoothingQuality = 'high';
  const scale = INNER / Math.max(box.width, box.height);
  const [width, height] = [box.width * scale, box.height * scale];
  small.drawImage(
    sheet,
    ...[box.left, box.top, box.width, box.height],
    ...[(SIDE - width) / 2, (SIDE - height) / 2, width, height],
  );
  const { data } = small.getImageData(0, 0, SIDE, SIDE);
  return { canvas, image: Uint8Array.from({ length: SIDE * SIDE }, (_, k) => data[4 * k + 3]) };
}

function clear() {
  context.clearRect(0, 0, sheet.width, sheet.height);
  bars.replaceChildren();
}

const groups = makeClasses(
  document.querySelector('[data-part="classes"]'),
  ['circle', 'cross', 'line'],
  (group, card) => {
    const row = card.appendChild(document.createElement('div'));
    row.className = 'row';
    const button = (text, act) => {
      const element = row.appendChild(document.createElement('button'));
      element.type = 'button';
      element.textContent = text;
      element.addEventListener('click', act);
    };
    button('Add drawing', () => {
      const seen = look();
      if (!seen) return;
      addPicture(group, seen.image, seen.canvas);
      clear();
      training.look();
    });
    button('Forget', () => {
      clearPictures(group);
      training.look();
    });
  },
);

const training = new Training({
  ...{ network, createTrainerWorker, images: groups.map(({ images }) => images) },
  onTrained: () => predict(),
});

/** One prediction at a time; of the drawings in between only the last is of interest. */
let [busy, again] = [false, false];
async function predict() {
  again = true;
  if (busy) return;
  busy = true;
  while (again) {
    again = false;
    const seen = look();
    const probabilities = seen && (await training.predict(seen.image).catch(() => undefined));
    if (probabilities)
      showBars(
        bars,
        groups.map(({ input }) => input.value),
        probabilities,
      );
  }
  busy = false;
}

function placeOf(event) {
  const { left, top, width, height } = sheet.getBoundingClientRect();
  return { x: ((event.clientX - left) * sheet.width) / width, y: ((event.clientY - top) * sheet.height) / height };
}

let pen;
sheet.addEventListener('pointerdown', (event) => {
  sheet.setPointerCapture(event.pointerId);
  pen = placeOf(event);
  drawLine(pen, pen);
});
sheet.addEventListener('pointermove', (event) => {
  if (!pen) return;
  const to = placeOf(event);
  drawLine(pen, to);
  pen = to;
});
for (const end of ['pointerup', 'pointercancel']) sheet.addEventListener(end, () => (pen = undefined));

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const keys = { at: { x: sheet.width / 2, y: sheet.height / 2 }, down: false };
document.querySelector('[data-part="keyboard"]').addEventListener('keydown', (event) => {
  const move = MOVES[event.key];
  if (event.key === ' ') {
    keys.down = !keys.down;
    if (keys.down) drawLine(keys.at, keys.at);
  } else if (move) {
    const within = (value, limit) => Math.min(Math.max(value, 0), limit);
    const to = { x: within(keys.at.x + 14 * move[0], sheet.width), y: within(keys.at.y + 14 * move[1], sheet.height) };
    if (keys.down) drawLine(keys.at, to);
    keys.at = to;
  } else return;
  event.preventDefault();
});

document.querySelector('[data-part="clear"]').addEventListener('click', clear);
