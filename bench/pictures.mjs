/**
 * @file `node bench/pictures.mjs`: a set of pictures that is larger than what is held of it. Whether steps wait for pictures,
 * and how much memory the process takes. The pictures are made in the folder for temporary files and stay there; a thousand
 * are different, the others are links to them.
 */
import { spawn } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { describeMachine, showMachine } from './machine.mjs';

const { values } = parseArgs({ options: { pictures: { type: 'string', default: '20000' } } });
const count = Number(values.pictures);
const SIZE = 512;
const DIFFERENT = 1000;
/** Waves of four lengths are the four classes; noise makes files as large as those of photographs. */
const WAVES = [8, 16, 32, 64];

async function makePicture(path, wave) {
  const coarse = Buffer.alloc(wave * wave * 3).map(() => Math.random() * 256);
  const base = sharp(coarse, { raw: { width: wave, height: wave, channels: 3 } }).resize(SIZE, SIZE, {
    kernel: 'cubic',
  });
  const pixels = (await base.raw().toBuffer()).map((value) =>
    Math.max(0, Math.min(255, value + 16 * Math.random() - 8)),
  );
  await sharp(pixels, { raw: { width: SIZE, height: SIZE, channels: 3 } })
    .jpeg({ quality: 85 })
    .toFile(path);
}

async function makePictures() {
  const folder = join(tmpdir(), `cnnc-pictures-${count}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}-unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  for (const wave of WAVES) mkdirSync(join(unfinished, `wave${wave}`), { recursive: true });
  for (let n = 0; n < Math.min(count, DIFFERENT); n++) {
    const place = join(unfinished, `wave${WAVES[n % WAVES.length]}`);
    await makePicture(join(place, `${n}.jpg`), WAVES[n % WAVES.length]);
    for (let k = n + DIFFERENT; k < count; k += DIFFERENT) linkSync(join(place, `${n}.jpg`), join(place, `${k}.jpg`));
  }
  renameSync(unfinished, folder);
  return folder;
}

/** 25 million multiply-adds an image. */
const network = (folder) => `network Small {
  input image: [3, 96, 96]
  target label: class(${WAVES.length})
  logits = image -> conv(16, 3x3, pad: same) -> relu -> maxpool(2)
                 -> conv(32, 3x3, pad: same) -> relu -> maxpool(2)
                 -> conv(64, 3x3, pad: same) -> relu -> maxpool(2) -> globalavgpool -> dense(${WAVES.length})
  loss crossentropy(logits, label)
  metric accuracy(logits, label)
}
train Small {
  data images("${folder}", cache: 0)
  optimizer adam(lr: 0.003)
  batch 64
  epochs 1
}`;

/** Kilobytes that a process has had in memory at most, where the system tells. */
function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
  } catch {
    return 0;
  }
}

async function train(file) {
  const child = spawn(process.execPath, ['dist/cnnc.js', 'train', file, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let peak = 0;
  let out = '';
  const watch = setInterval(() => (peak = Math.max(peak, peakOf(child.pid))), 200);
  child.stdout.on('data', (text) => (out += text));
  await new Promise((resolve) => child.once('close', resolve));
  clearInterval(watch);
  return { peak, epoch: JSON.parse(out) };
}

const folder = await makePictures();
const file = join(tmpdir(), 'cnnc-pictures.cnn');
writeFileSync(file, network(folder));
console.log(showMachine(describeMachine()));
const { peak, epoch } = await train(file);
const { seconds, secondsWaiting, imagesPerSecond, trainAccuracy } = epoch;
console.log(`${count} JPEG files of ${SIZE}×${SIZE}, read ahead; 80 % of them trained on, the others tested`);
console.log(`images a second       ${imagesPerSecond.toFixed(0)}`);
console.log(`waiting for pictures  ${((100 * secondsWaiting) / seconds).toFixed(1)} % of ${seconds.toFixed(0)} s`);
console.log(`peak of memory        ${(peak / 1024).toFixed(0)} MB`);
console.log(`accuracy in training  ${(100 * trainAccuracy).toFixed(1)} %`);
