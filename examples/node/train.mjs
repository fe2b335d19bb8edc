/**
 * A network trained from a program of your own, in a worker, with a bar, Ctrl-C, and a file of weights at the end.
 *
 *     npx cnnc build examples/lenet.cnn --worker -o examples/node/lenet.mjs
 *     node examples/node/train.mjs 2 weights.safetensors
 */
import { writeFile } from 'node:fs/promises';
import { createTrainerWorker, network } from './lenet.mjs';

const [epochs = 2, file = 'weights.safetensors'] = [Number(process.argv[2] ?? 2), process.argv[3]];
const [, height, width] = network.inputs.image;
const CLASSES = 10;

/** Any data will do that are arrays. Here each class is a bright bar at an angle of its own, at a random place, in noise. */
function draw(count) {
  const images = new Uint8Array(count * height * width);
  const labels = Uint8Array.from({ length: count }, (_, n) => n % CLASSES);
  for (let n = 0; n < count; n++) {
    const angle = (Math.PI * labels[n]) / CLASSES;
    const [x, y] = [width / 2 + 6 * (Math.random() - 0.5), height / 2 + 6 * (Math.random() - 0.5)];
    for (let k = 0; k < height * width; k++) {
      const [across, down] = [(k % width) - x, Math.floor(k / width) - y];
      const distance = Math.abs(across * Math.sin(angle) - down * Math.cos(angle));
      const inside = distance < 1.5 && Math.hypot(across, down) < 9;
      images[n * height * width + k] = (inside ? 180 : 0) + 70 * Math.random();
    }
  }
  return { images, labels };
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

const trainer = await createTrainerWorker({ seed: 1 });
// The arrays move to the worker; nothing of them is copied.
const data = await trainer.keep({ train: draw(4000), test: draw(500) });
const onProgress = ({ epoch, images, total, trainLoss }) => {
  if (process.stdout.isTTY)
    process.stdout.write(`\repoch ${epoch}  ${images}/${total}  loss ${trainLoss.toFixed(4)}  `);
};
for await (const { epoch, testLoss, testAccuracy } of trainer.fit(data, { epochs, signal: stop.signal, onProgress }))
  console.log(`\repoch ${epoch}  test loss ${testLoss.toFixed(4)}  ${(100 * testAccuracy).toFixed(1)} % right`);

const { images, labels } = draw(1);
const probabilities = await trainer.predict(images);
console.log(`a bar of class ${labels[0]} is taken for class ${probabilities.indexOf(Math.max(...probabilities))}`);
await writeFile(file, await trainer.save({ weights: true }));
console.log(`${trainer.run.ended === 'aborted' ? 'interrupted; ' : ''}the weights are in ${file}`);
trainer.dispose();
