/** @file What a project or a command silences: `cnnc.json`, the nearest above a file, and `--allow`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/lint/configuration.ts';
import { run } from '../cli/recorder.ts';
import { wholeProgram } from '../support/whole-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'cnnc-project-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'nets/small'), { recursive: true });
const net = join(folder, 'nets/small/a.cnn');
writeFileSync(net, wholeProgram('y = image -> conv(16, 3x3) -> batchnorm -> relu -> dense(10)'));
const configure = (place: string, text: string) => writeFileSync(join(folder, place, 'cnnc.json'), text);

describe('cnnc.json', () => {
  it('is read from above the file, the nearest one alone', async () => {
    configure('.', '{ "levels": { "CNN5001": "error" } }');
    const failed = await run(['check', net]);
    expect([failed.status, failed.err]).toEqual([1, expect.stringContaining('error[CNN5001]')]);
    // What is an error stops the other commands too.
    expect((await run(['grad', net])).status).toBe(1);
    configure('nets', '{ "levels": { "CNN5001": "allow" } }');
    const silenced = await run(['check', '--strict', net]);
    expect([silenced.status, silenced.err]).toEqual([0, expect.not.stringContaining('CNN5001')]);
    configure('nets', '{}');
    expect((await run(['check', net])).err).toContain('advice[CNN5001]');
  });

  it('that has mistakes is one, with its place', async () => {
    configure('nets', '{ "level": {} }');
    const { status, err } = await run(['check', net]);
    expect([status, err]).toEqual([1, expect.stringContaining('CNN4212')]);
    expect(err).toMatch(/unknown key `level`[\s\S]*nets\/cnnc.json/);
    configure('nets', '{}');
  });

  it.each([
    ['{', 'this is no JSON'],
    ['[]', 'this is no object'],
    ['{ "levels": [] }', '`levels` is no object'],
    ['{ "levels": { "CNN2001": "allow" } }', '`CNN2001` is the code of no rule'],
    ['{ "levels": { "CNN5001": "off" } }', '`CNN5001` cannot be "off"'],
  ])('%s', (text, problem) => {
    expect(readConfiguration(text)).toMatchObject({ problem: expect.stringContaining(problem) });
  });
});

describe('--allow', () => {
  it('silences a rule', async () => {
    expect((await run(['check', '--strict', '--allow', '5001', net])).status).toBe(0);
    expect((await run(['check', '--strict', '--allow', 'CNN5002', net])).status).toBe(1);
  });

  it('knows rules alone', async () => {
    expect(await run(['check', '--allow', 'CNN2001', net])).toMatchObject({ status: 2 });
  });
});
