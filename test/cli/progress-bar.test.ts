/** @file The bar fits the terminal at every moment, and is taken away whole. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProgressBar } from '../../src/cli/progress-bar.ts';
import { recorder } from './recorder.ts';

const progress = {
  ...{ epoch: 12, epochs: 30, step: 1, images: 600, total: 1000 },
  ...{ loss: 1, trainLoss: 0.5, trainAccuracy: 0.912, learningRate: 0.05 },
};

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'], now: 1000 }));
afterEach(() => void vi.useRealTimers());

/** A terminal whose width can change. */
function terminalOf(width: number, interactive = true) {
  const { terminal, written } = recorder('', interactive);
  const size = { width };
  Object.defineProperty(terminal, 'width', { get: () => size.width });
  return { terminal, written, size };
}

/** The bar a while after the epoch began, when 300 images have been learnt in 3 seconds. */
function draw(width: number, changes: object = {}) {
  const { terminal, written, size } = terminalOf(width);
  const bar = new ProgressBar(terminal);
  bar.update({ ...progress, ...changes, images: 300 });
  vi.advanceTimersByTime(3000);
  written.err = '';
  bar.update({ ...progress, ...changes });
  return { bar, written, size, line: written.err.replace('\r\x1b[K', '') };
}

describe('the progress bar', () => {
  it('shows loss, accuracy, rate, speed, and the time left of the epoch and of the run', () => {
    const { line } = draw(100);
    expect(line).toMatch(
      /^epoch 12\/30 \[#+-+\] 60% {2}loss 0\.5000 91\.2 % {2}lr 0\.05 {2}100 img\/s {2}left 0:04\/3:04$/,
    );
    expect(line.length).toBeLessThan(100);
  });

  it('shows all of that in 80 columns', () => {
    const { line } = draw(80);
    for (const part of ['loss', '91.2 %', 'lr 0.05', 'img/s', 'left']) expect(line).toContain(part);
    expect(line.length).toBeLessThan(80);
  });

  it.each([1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 120])('leaves the last of %i columns free', (width) => {
    const { line } = draw(width);
    expect(line.trimEnd().length).toBeLessThan(Math.max(width, 2));
    expect(line).not.toContain('\n');
  });

  it('leaves out what there is no room for, the least important first', () => {
    expect(draw(60).line).toMatch(/loss 0\.5000 91\.2 % {2}left 0:04\/3:04$/);
    expect(draw(40).line).toMatch(/loss 0\.5000 91\.2 %$|loss 0\.5000$/);
    expect(draw(80, { epoch: 30, trainAccuracy: undefined }).line).toMatch(
      /loss 0\.5000 {2}lr 0\.05 {2}100 img\/s {2}left 0:04$/,
    );
  });

  it('keeps its width and its parts from frame to frame', () => {
    const { terminal, written } = terminalOf(80);
    const bar = new ProgressBar(terminal);
    const frames: string[] = [];
    for (let frame = 0; frame < 60; frame++) {
      written.err = '';
      const [epoch, images] = [8 + Math.floor(frame / 20), 50 * (1 + (frame % 20))];
      const learningRate = [0.003, 0.00294, 0.000167, 1.89e-7][frame % 4]!;
      bar.update({ ...progress, epoch, epochs: 10, images, learningRate, trainAccuracy: frame / 60 });
      frames.push(written.err.replace('\r\x1b[K', ''));
      vi.advanceTimersByTime(frame % 3 ? 130 : 100);
      if (images === 1000) bar.endEpoch();
    }
    const form = (line: string) => `${line.indexOf('[')} ${line.indexOf(']')} ${line.includes(' lr ')}`;
    // When it is seen for the first time that a part has no room, all is laid out again.
    expect(new Set(frames.map(form)).size).toBeLessThanOrEqual(3);
    expect(new Set(frames.slice(10).map(form)).size).toBe(1);
  });

  it('takes the lines away into which a narrower terminal has broken it', () => {
    const { bar, written, size, line } = draw(80);
    size.width = 30;
    written.err = '';
    vi.advanceTimersByTime(200);
    bar.update(progress);
    const rows = Math.ceil(line.length / 30);
    expect(written.err.startsWith(`\r\x1b[${rows - 1}A\x1b[J`)).toBe(true);
    written.err = '';
    bar.clear();
    expect(written.err).toBe('\r\x1b[K');
    bar.clear();
    expect(written.err).toBe('\r\x1b[K');
  });

  it('takes `^C` away with it, also where that has broken the line, and where there is no bar', () => {
    const { bar, written } = draw(60);
    written.err = '';
    bar.interrupt();
    expect(written.err).toBe('\r\x1b[1A\x1b[J');
    written.err = '';
    bar.interrupt();
    expect(written.err).toBe('\r\x1b[K');
    const { terminal, written: log } = terminalOf(80, false);
    new ProgressBar(terminal).interrupt();
    expect(log.err).toBe('');
  });

  it('shows large and small losses in few digits', () => {
    expect(draw(80, { trainLoss: 123456789012 }).line).toContain('loss 1.235e+11 ');
    expect(draw(80, { trainLoss: 1.2e-7 }).line).toContain('loss 1.200e-7 ');
  });

  it('counts the tests between epochs as time of the run', () => {
    const { terminal, written } = terminalOf(80);
    const bar = new ProgressBar(terminal);
    const of = (epoch: number, images: number) => bar.update({ ...progress, epoch, images, epochs: 3 });
    of(1, 0);
    vi.advanceTimersByTime(10_000);
    of(1, 1000);
    vi.advanceTimersByTime(5000);
    bar.endEpoch();
    of(2, 0);
    vi.advanceTimersByTime(5000);
    written.err = '';
    of(2, 500);
    expect(written.err).toContain('left 0:10/0:25');
  });
});

describe('without a terminal', () => {
  it('a line is printed every minute, without control characters', () => {
    const { terminal, written } = terminalOf(80, false);
    const bar = new ProgressBar(terminal);
    for (let second = 0; second < 125; second++) {
      bar.update({ ...progress, images: second });
      vi.advanceTimersByTime(1000);
    }
    bar.clear();
    const lines = written.err.split('\n');
    expect(lines.length).toBe(3);
    expect(lines[0]).toMatch(
      /^epoch 12\/30 {2}6% {2}loss 0\.5000 91\.2 % {2}lr 0\.05 {2}1 img\/s {2}left 15:\d\d\/\d:\d\d:\d\d$/,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
    expect(written.err).not.toMatch(/[\0-\x09\x0b-\x1f]/);
  });
});
