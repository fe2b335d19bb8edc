/** @file The learning rate range test: what it proposes is good to train with, and nothing is left of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { proposeRate, smoothed } from '../../src/report/propose-rate.ts';
import { tiny } from './networks.ts';
import { run } from './recorder.ts';
import { folderWith } from './run-cnnc.ts';

const folder = folderWith({ 'tiny.cnn': tiny });
const file = join(folder, 'tiny.cnn');

/** Flat, then down to a tenth at the rate `bottom`, then up again: a curve of which the answer is known. */
function curve(bottom: number, noise = 0) {
  return Array.from({ length: 200 }, (_, k) => {
    const rate = 1e-6 * 1e7 ** (k / 199);
    const x = Math.log10(rate / bottom);
    const fall = 1 / (1 + Math.exp(-6 * (x + 1)));
    const loss = 2 - 1.8 * fall + (x > 0 ? 30 * x * x : 0) + noise * Math.sin(k * 12.9898);
    return { rate, loss };
  });
}

describe('the proposal of a range test', () => {
  it('lies between where the loss falls fastest and where it is lowest', () => {
    for (const bottom of [1e-3, 1e-2, 0.3])
      for (const noise of [0, 0.1]) {
        const found = proposeRate(smoothed(curve(bottom, noise)))!;
        expect(found.steepest / bottom).toBeGreaterThan(0.03);
        expect(found.steepest / bottom).toBeLessThan(0.3);
        expect(found.lowest / bottom).toBeGreaterThan(0.3);
        expect(found.lowest / bottom).toBeLessThan(1.5);
        expect(found.rate).toBeLessThanOrEqual(found.lowest / 2);
        expect(found.rate).toBeGreaterThanOrEqual(Number((found.lowest / 10).toPrecision(2)));
      }
  });

  it('is none where the loss only rises, or stays', () => {
    const rates = curve(1);
    expect(proposeRate(smoothed(rates.map(({ rate }, k) => ({ rate, loss: 1 + k / 50 }))))).toBeUndefined();
    expect(proposeRate(smoothed(rates.map(({ rate }, k) => ({ rate, loss: 2 + 0.01 * Math.sin(k) }))))).toBeUndefined();
  });

  it('does not mind one enormous loss', () => {
    const points = curve(1e-2);
    const with1 = points.map((point, k) => (k === 199 ? { ...point, loss: 1e30 } : point));
    expect(proposeRate(smoothed(with1))).toEqual(proposeRate(smoothed(points)));
  });
});

describe('find-lr', () => {
  it('draws the curve in 80 columns and proposes a rate that learns', async () => {
    const before = readdirSync(folder);
    const { status, out } = await run(['find-lr', file, '--steps', '120']);
    expect(status).toBe(0);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(out).toContain('▲');
    const rate = /Proposal: sgd\(lr: ([\d.]+)\)/.exec(out)![1]!;
    expect(readdirSync(folder)).toEqual(before);
    const accuracy = async (lr: number) => {
      const trained = await run(['train', file, '--json', '--epochs', '6', '--lr', `${lr}`]);
      return JSON.parse(trained.out.trimEnd().split('\n').at(-1)!).trainAccuracy as number;
    };
    const [proposed, small] = [await accuracy(Number(rate)), await accuracy(Number(rate) / 30)];
    expect(proposed).toBeGreaterThan(small + 0.1);
  });

  it('ends where a step would leave infinity, which is no mistake; the same command gives the same bytes', async () => {
    const unbounded = tiny.replace(
      'crossentropy(logits, label)',
      'crossentropy(logits + logits * logits * logits, label)',
    );
    const place = join(folderWith({ 'wild.cnn': unbounded }), 'wild.cnn');
    const args = ['find-lr', place, '--json', '--to', '1e9', '--steps', '60'];
    const [first, again] = [await run(args), await run(args)];
    expect(first.err).not.toContain('CNN4105');
    const found = JSON.parse(first.out);
    expect(found.end).not.toBe('range');
    expect(found.points.every((point: { loss: number }) => Number.isFinite(point.loss))).toBe(true);
    expect(again.out).toBe(first.out);
  });

  it('writes the curve as a page', async () => {
    const page = join(folder, 'rate.html');
    expect((await run(['find-lr', file, '--steps', '60', '--html', page])).status).toBe(0);
    const html = readFileSync(page, 'utf8');
    expect(html).toContain('<svg');
    expect(html).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
    expect(html.match(/<tr>/g)!.length).toBeGreaterThan(20);
  });

  it('says with a code that the loss falls nowhere, and what is wrong usage', async () => {
    const { status, err } = await run(['find-lr', file, '--to', '1e-6', '--from', '1e-8', '--steps', '20']);
    expect(status).toBe(1);
    expect(err).toContain('CNN4213');
    expect((await run(['find-lr', file, '--to', '1e-9'])).status).toBe(2);
    expect((await run(['find-lr', file, '--json', '--html', '-'])).status).toBe(2);
  });
});
