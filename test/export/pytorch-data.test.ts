/**
 * @file Data of files for PyTorch are read as ours: tables whose labels are words, pictures of any size; and what a test finds
 * is told in figures that people read.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadData } from '../../src/data/load-data.ts';
import { exportPytorch } from '../../src/export/pytorch/export.ts';
import { elaborated } from '../semantics/elaborated.ts';
import { python, WITHOUT } from './python.ts';

const network = (shape: string) => `network Small {
  input x: ${shape}
  target kind: class(2)
  scores = x -> flatten -> dense(2)
  loss crossentropy(scores, kind)
  metric accuracy(scores, kind)
  metric confusion(scores, kind)
  output scores
}`;

const WORDS = ['sine', 'chirp'];
const table = (count: number) =>
  Array.from({ length: count }, (_, row) => `0.5;${row / 100};-${row % 7}.25;1;${WORDS[(row * 7) % 3 === 0 ? 0 : 1]}`);

/** Reads the table, and a picture of 9x5 pixels where Pillow is there. */
const READ = `import json
import os
import signals
import pictures

train, test, _ = signals.load_data("csv:table.csv,noheader,label=last", 1)
found = [{"images": part["inputs"][0].flatten().tolist(), "labels": part["targets"][0].tolist()} for part in (train, test)]
size = None
try:
    from PIL import Image

    for kind in "ab":
        os.makedirs(f"photos/{kind}")
        for k in range(2):
            Image.new("RGB", (9, 5), (k, 200, 100)).save(f"photos/{kind}/{k}.png")
    size = list(pictures.load_data("images:photos", 1)[0]["inputs"][0].shape)
except ImportError:
    pass
print(json.dumps({"parts": found, "size": size}))
`;

it.skipIf(!python)(
  `tables with words, pictures of any size, figures of a test (${python ? '' : WITHOUT})`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'read-'));
    const run = (file: string, ...options: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync(python!, [file, ...options], { cwd: folder, encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(status).toBe(0);
      return stdout.trim().split('\n');
    };
    try {
      writeFileSync(join(folder, 'signals.py'), exportPytorch(elaborated(network('[1, 4]'))));
      writeFileSync(join(folder, 'pictures.py'), exportPytorch(elaborated(network('[3, 4, 4]'))));
      writeFileSync(join(folder, 'table.csv'), table(40).join('\n'));
      writeFileSync(join(folder, 'read.py'), READ);

      const [classes, answer] = run('read.py');
      expect(classes).toBe('classes: 0 chirp, 1 sine');
      const { parts, size } = JSON.parse(answer!);
      const ours = await loadData(`csv:${join(folder, 'table.csv')},noheader,label=last`, { shape: [1, 4] });
      for (const [k, part] of [ours.train, ours.test].entries()) {
        expect(parts[k].labels).toEqual([...(part.labels as Float32Array)]);
        expect(Float32Array.from(parts[k].images)).toEqual(part.images);
      }
      if (size) expect(size).toEqual([3, 3, 4, 4]);

      const told = run('signals.py', '--data', 'csv:table.csv,noheader', '--epochs', '1').slice(-5);
      expect(told[0]).toMatch(/^test of 8 images: loss \d\.\d{4}, accuracy \d+\.\d\d %$/);
      expect(told.slice(1, 3)).toEqual(['confusion', '  true \\ predicted  0  1']);
      const counts = told.slice(3).map((line) => line.trim().split(/ +/).map(Number));
      expect(counts.map(([name]) => name)).toEqual([0, 1]);
      expect(counts.flatMap(([, ...row]) => row).reduce((sum, count) => sum + count)).toBe(8);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

it('the file suggests data that fit the network', () => {
  const suggested = (shape: string) => /--data (\S+)/.exec(exportPytorch(elaborated(network(shape))))![1];
  expect(suggested('[3, 48, 48]')).toBe('images:DIR');
  expect(suggested('[1, 128]')).toBe('csv:FILE');
  expect(exportPytorch(elaborated(network('[1, 4]').concat('\ntrain Small { data npz("x.npz") }')))).toContain(
    '--data npz:FILE',
  );
});
