/** @file Weights of other tools at the command line: the same test results from the same numbers, whatever file they lie in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { folderOf } from '../data/files.ts';
import { tiny } from './networks.ts';
import { run } from './recorder.ts';

let folder: string;
let tested: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = folderOf({ 'tiny.cnn': tiny });
  await run(['train', at('tiny.cnn'), '--out', at('run'), '--epochs', '1']);
  tested = (await run(['eval', at('run')])).out;
});

describe('weights', () => {
  it('of NumPy and ONNX', async () => {
    await run(['export', at('run'), '-o', at('own.npz')]);
    await run(['export', at('run'), '--to', 'onnx', '-o', at('own.onnx')]);
    for (const file of ['own.npz', 'own.onnx']) {
      const { out, err } = await run(['eval', at('tiny.cnn'), '--weights', at(file)]);
      expect(err).toContain(`4 weights from ${at(file)}\n`);
      expect(out).toBe(tested);
    }
  });

  it('by other names, which are proposed and then said', async () => {
    await run([
      'export',
      at('run'),
      '-o',
      at('other.safetensors'),
      '--map',
      'hidden.*=body.0.*',
      '--map',
      'out.=head.',
    ]);
    const refused = await run(['eval', at('tiny.cnn'), '--weights', at('other.safetensors')]);
    expect(refused.err).toContain("  --map 'body.0.*=hidden.*'\n  --map 'head.*=out.*'\n");
    expect(refused.err).toContain('error[CNN4121]');
    const maps = ['--map', 'body.0.*=hidden.*', '--map', 'head.*=out.*'];
    const { out } = await run(['eval', at('tiny.cnn'), '--weights', at('other.safetensors'), ...maps]);
    expect(out).toBe(tested);
  });

  it('of which some fit', async () => {
    const args = ['train', at('tiny.cnn'), '--epochs', '1', '--set', 'units=6', '--from', at('own.npz')];
    const { err } = await run(args);
    expect(err).toContain('1 weights from');
    expect(err).toContain('  shape  hidden.weight  [6, 784]    [4, 784]\n');
  });

  it('of PyTorch become those of safetensors', async () => {
    const file = fileURLToPath(new URL('../exchange/weights/run.pth', import.meta.url));
    expect((await run(['export', file, '-o', at('run.safetensors')])).err).toContain('8 tensors from');
    const whole = fileURLToPath(new URL('../exchange/weights/network.pt', import.meta.url));
    const { err, status } = await run(['export', whole, '-o', at('whole.safetensors')]);
    expect([status, err]).toEqual([1, expect.stringContaining('error[CNN4311]')]);
  });
});

it('of Darknet have no names: they belong to layers in their order', async () => {
  const { cfg, weights } = JSON.parse(readFileSync(new URL('../import/texts/darknet.json', import.meta.url), 'utf8'));
  const place = folderOf({
    'net.cfg': cfg,
    'net.weights': Buffer.from(weights, 'base64'),
    'cut.weights': Buffer.from(weights, 'base64').subarray(0, 900),
  });
  const own = (name: string) => join(place, name);
  const read = await run(['import', own('net.cfg'), '--weights', own('net.weights'), '-o', own('net.cnn')]);
  expect(read.err).toContain('net.cnn: Net\n1 [cost] left out\n');
  expect((await run(['export', own('net.safetensors'), '-o', own('net.npz')])).err).toContain('16 tensors');
  const cut = await run(['build', own('net.cnn'), '--inference', '--weights', own('cut.weights'), '-o', own('b.js')]);
  expect(cut.err).toContain('error[CNN4315]');
  const lone = await run(['export', own('net.weights'), '-o', own('x.npz')]);
  expect(lone.err.replace(/\s+/g, ' ')).toContain('its numbers have no names');
});
