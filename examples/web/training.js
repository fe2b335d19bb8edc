/**
 * What both pages share: the list of classes, the buttons and the curve of a training in a worker, and the bars of a
 * prediction.
 */

const find = (name) => document.querySelector(`[data-part="${name}"]`);

/** Steps of one training, however few the pictures are. */
const STEPS = 240;

export class Training {
  #trainer;
  #paused = false;
  #stop;
  #losses = [];

  /** `images`: a list of byte arrays for each class. `onTrained`: told when predictions have changed. */
  constructor({ network, createTrainerWorker, images, onTrained }) {
    Object.assign(this, { network, createTrainerWorker, images, onTrained });
    find('train').addEventListener('click', () => this.#train().catch((error) => this.#tell(error.message)));
    find('pause').addEventListener('click', () => this.#pause());
    find('stop').addEventListener('click', () => this.#stop?.abort());
    this.look();
  }

  /** Whether there is enough to learn from; to be called when pictures come or go. */
  look() {
    const filled = this.images.filter((list) => list.length > 0).length;
    find('train').disabled = Boolean(this.#stop) || filled < 2;
    for (const name of ['pause', 'stop']) find(name).disabled = !this.#stop;
    find('pause').textContent = this.#paused ? 'Go on' : 'Pause';
    if (filled < 2 && !this.#trainer) this.#tell('At least two classes need pictures before training can start.');
    else if (!this.#stop && !this.#trainer) this.#tell('Ready to train.');
  }

  /** The probability of each class, or nothing before anything has been learnt. */
  async predict(image) {
    return this.#trainer && [...(await this.#trainer.predict(image))];
  }

  #tell(text) {
    find('status').textContent = text;
  }

  async #train() {
    this.#trainer?.dispose();
    this.#trainer = undefined;
    this.#stop = new AbortController();
    this.#losses = [];
    this.look();
    this.#tell('Starting …');
    try {
      const trainer = await this.createTrainerWorker({ seed: 1 });
      this.#trainer = trainer;
      if (this.#paused) await trainer.pause();
      const train = await trainer.keep(this.#gather());
      await this.#run(trainer, train, this.images.flat().length);
    } finally {
      this.#stop = undefined;
      this.#paused = false;
      this.look();
    }
  }

  /** All images in one array, which moves to the worker. */
  #gather() {
    const all = this.images.flat();
    const images = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const image of all) {
      images.set(image, at);
      at += image.length;
    }
    return { images, labels: Uint8Array.from(this.images.flatMap((list, label) => list.map(() => label))) };
  }

  async #run(trainer, train, count) {
    const epochs = Math.ceil(STEPS / Math.ceil(count / 12));
    let accuracy = 0;
    const onProgress = ({ epoch, images, total, trainLoss }) => {
      find('progress').value = (epoch - 1 + images / total) / epochs;
      this.#losses.push(trainLoss);
      this.#draw();
    };
    for await (const result of trainer.fit(
      { train },
      { epochs, signal: this.#stop.signal, onProgress, yieldEvery: 10 },
    )) {
      accuracy = result.trainAccuracy;
      if (!this.#paused)
        this.#tell(`Pass ${result.epoch} of ${epochs}: ${Math.round(100 * accuracy)} % of the pictures are right.`);
      this.onTrained();
    }
    const ended = trainer.run.ended === 'aborted' ? 'Stopped' : 'Done';
    this.#tell(`${ended}: ${Math.round(100 * accuracy)} % of the ${count} pictures are right. Try another one.`);
    this.onTrained();
  }

  /** Also while the worker is still starting; it is told then. */
  async #pause() {
    this.#paused = !this.#paused;
    this.look();
    this.#tell(this.#paused ? 'Paused.' : 'Going on …');
    await (this.#paused ? this.#trainer?.pause() : this.#trainer?.resume());
  }

  #draw() {
    const losses = this.#losses;
    const highest = Math.max(...losses);
    const points = losses.map((loss, k) => `${(100 * k) / STEPS},${40 - (38 * loss) / highest}`);
    find('curve').setAttribute('points', points.join(' '));
  }
}

/** A bar for each class, the most probable first in weight only: their order stays. */
export function showBars(list, names, probabilities) {
  const top = Math.max(...probabilities);
  list.replaceChildren(
    ...probabilities.map((probability, k) => {
      const item = document.createElement('li');
      item.classList.toggle('first', probability === top);
      const part = (kind, text = '') => {
        const element = item.appendChild(document.createElement('span'));
        element.className = kind;
        element.textContent = text;
        return element;
      };
      part('name', names[k]);
      const fill = document.createElement('div');
      fill.className = 'fill';
      fill.style.width = `${100 * probability}%`;
      part('track').append(fill);
      part('share', `${Math.round(100 * probability)} %`);
      return item;
    }),
  );
}

/** The cards of the classes: `fill` puts into each what the page has for adding pictures. */
export function makeClasses(container, names, fill) {
  return names.map((name, k) => {
    const card = document.createElement('section');
    card.className = 'card';
    card.setAttribute('aria-label', `Class ${k + 1}`);
    const label = card.appendChild(document.createElement('label'));
    label.append(`Class ${k + 1}`);
    const input = label.appendChild(document.createElement('input'));
    Object.assign(input, { type: 'text', value: name, maxLength: 40 });
    const count = document.createElement('p');
    count.className = 'quiet';
    const thumbnails = document.createElement('ul');
    thumbnails.className = 'thumbnails';
    const group = { card, input, images: [], count, thumbnails };
    group.count.textContent = 'No pictures yet';
    fill(group, card);
    card.append(count, thumbnails);
    container.append(card);
    return group;
  });
}

/** Puts a picture into a class: what the network sees of it, and a small canvas that shows it. */
export function addPicture(group, image, canvas) {
  group.images.push(image);
  const item = document.createElement('li');
  item.append(canvas);
  group.thumbnails.append(item);
  countPictures(group);
}

export function clearPictures(group) {
  group.images.length = 0;
  group.thumbnails.replaceChildren();
  countPictures(group);
}

function countPictures({ images, count }) {
  const words = ['No pictures yet', '1 picture'];
  count.textContent = words[images.length] ?? `${images.length} pictures`;
}
