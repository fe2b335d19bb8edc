/** Takes pictures that are dropped or chosen, and teaches the network of pictures.cnn to tell them apart. */
import { createTrainerWorker, network } from './pictures.js';
import { addPicture, clearPictures, makeClasses, showBars, Training } from './training.js';

const SIDE = 32;

const sheet = document.querySelector('[data-part="sheet"]');
const bars = document.querySelector('[data-part="bars"]');
const problem = document.querySelector('[data-part="problem"]');

/** The largest square in the middle of the picture, as small as the network wants it. */
async function decode(file, canvas = document.createElement('canvas')) {
  const picture = await createImageBitmap(file);
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.imageSmoothingQuality = 'high';
  const side = Math.min(picture.width, picture.height);
  const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2];
  context.drawImage(picture, left, top, side, side, 0, 0, SIDE, SIDE);
  picture.close();
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  const area = SIDE * SIDE;
  return {
    canvas,
    image: Uint8Array.from({ length: 3 * area }, (_, k) => data[4 * (k % area) + Math.floor(k / area)]),
  };
}

/** Each file in turn; those that are no pictures are named. */
async function takeAll(files, take) {
  const bad = [];
  for (const file of files) await take(file).catch(() => bad.push(file.name));
  problem.textContent = bad.length > 0 ? `No pictures that this browser can read: ${bad.join(', ')}` : '';
}

/** Dropped onto the element, or chosen by a button in it. */
function accept(element, label, multiple, take) {
  const chooser = document.createElement('label');
  chooser.className = 'button';
  const input = Object.assign(document.createElement('input'), { type: 'file', accept: 'image/*', multiple });
  input.className = 'visually-hidden';
  chooser.append(label, input);
  input.addEventListener('change', async () => {
    await takeAll(input.files, take);
    input.value = '';
  });
  element.addEventListener('dragover', (event) => {
    event.preventDefault();
    element.classList.add('over');
  });
  element.addEventListener('dragleave', () => element.classList.remove('over'));
  element.addEventListener('drop', (event) => {
    event.preventDefault();
    element.classList.remove('over');
    takeAll(event.dataTransfer.files, take);
  });
  return chooser;
}

const groups = makeClasses(
  document.querySelector('[data-part="classes"]'),
  ['cats', 'dogs', 'others'],
  (group, card) => {
    card.classList.add('drop');
    const row = card.appendChild(document.createElement('div'));
    row.className = 'row';
    row.append(
      accept(card, 'Choose pictures', true, async (file) => {
        const { image, canvas } = await decode(file);
        addPicture(group, image, canvas);
        training.look();
      }),
    );
    const forget = row.appendChild(document.createElement('button'));
    Object.assign(forget, { type: 'button', textContent: 'Forget' });
    forget.addEventListener('click', () => {
      clearPictures(group);
      training.look();
    });
  },
);

const training = new Training({
  ...{ network, createTrainerWorker, images: groups.map(({ images }) => images) },
  onTrained: () => predict(),
});

let asked;
async function predict() {
  const probabilities = asked && (await training.predict(asked).catch(() => undefined));
  if (probabilities)
    showBars(
      bars,
      groups.map(({ input }) => input.value),
      probabilities,
    );
}

const question = document.querySelector('[data-part="question"]');
const row = question.appendChild(document.createElement('div'));
row.className = 'row';
row.append(
  accept(question, 'Choose a picture', false, async (file) => {
    asked = (await decode(file, sheet)).image;
    await predict();
  }),
);
