/** @file Every network of `examples/zoo` has the figures that were published about it. Front end and analysis only. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { countedTotals } from '../../src/analysis/summary.ts';
import { compileSource } from '../../src/compile.ts';
import { format } from '../../src/syntax/format.ts';
import { parse } from '../../src/syntax/parse.ts';
import { zooPage } from './page.ts';
import { PUBLISHED } from './published.ts';
import { PUBLISHED_SMALL } from './published-small.ts';

const folder = new URL('../../examples/zoo/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.cnn'));
const textOf = (name: string) => readFileSync(new URL(name, folder), 'utf8');

/** Counted in torchvision's own networks: `make_zoo.py`. */
interface TorchvisionNetwork {
  readonly parameters: number;
  readonly macs: number;
  readonly output: readonly number[];
}
const torchvision: Readonly<Record<string, TorchvisionNetwork>> = JSON.parse(
  readFileSync(new URL('../oracle/zoo.json', import.meta.url), 'utf8'),
);

const UNITS: Readonly<Record<string, number>> = { k: 1e3, M: 1e6, G: 1e9 };

/** 4089184256 in the digits and the unit of `4.089G`. */
function printedLike(count: number, printed: string): string {
  const [, digits, unit] = /^([\d.]+)([kMG])$/.exec(printed)!;
  const places = (digits!.split('.')[1] ?? '').length;
  return `${(count / UNITS[unit!]!).toFixed(places)}${unit}`;
}

/** Rules find nothing in a published network, or it is said here why it stays so. */
const EXPLAINED: readonly {
  readonly file: string;
  readonly setting?: string;
  readonly code: string;
  readonly why: string;
}[] = [
  {
    file: 'siamese',
    code: 'CNN5015',
    why: 'Koch et al. 2015 have 97 % of the parameters in one dense layer, and no later network does',
  },
  {
    file: 'ecg',
    code: 'CNN5021',
    why: 'Kachuee et al. 2018 pool without padding, and the last map of 8 places has one that no window reaches',
  },
  {
    file: 'unet',
    code: 'CNN5046',
    why: 'Ronneberger et al. 2015 take one image at a time, as large as their memory holds',
  },
  {
    file: 'vgg',
    setting: 'norm',
    code: 'CNN5001',
    why: 'torchvision keeps the biases before its batch norms, and the published number of parameters counts them',
  },
];

const expectedFindings = (file: string, set: object = {}) =>
  EXPLAINED.flatMap((one) =>
    one.file === file && (one.setting === undefined || Object.hasOwn(set, one.setting)) ? one.code : [],
  );

const published = [...PUBLISHED, ...PUBLISHED_SMALL];
const rows = published.map((network) => {
  const set = Object.entries(network.set ?? {}).map(([name, value]) => ` --set ${name}=${value}`);
  return [`${network.file}${set.join('')}`, network] as const;
});

describe('the zoo', () => {
  test.each(rows)('%s', (_, { file, set, parameters, macs, output, torchvision: twin, printed = {} }) => {
    const { elaboration, diagnostics } = compileSource(textOf(`${file}.cnn`), `${file}.cnn`, { set });
    expect([...new Set(diagnostics.map(({ code }) => code))]).toEqual(expectedFindings(file, set));
    const { training, inference, states } = elaboration!;
    const counted = countedTotals(training, states);
    expect({ parameters: counted.trainable, macs: counted.macs }).toEqual({ parameters, macs });
    expect(inference.outputs[0]!.node.shape).toEqual(output);
    if (twin) expect({ parameters, macs, output }).toEqual(torchvision[twin]);
    if (printed.macs) expect(printedLike(macs, printed.macs)).toBe(printed.macs);
    if (printed.parameters) expect(printedLike(parameters, printed.parameters)).toBe(printed.parameters);
  });

  it('has published figures for every file', () => {
    expect([...new Set(published.map(({ file }) => `${file}.cnn`))].sort()).toEqual(files.sort());
  });

  it('is listed in its README', () => {
    const page = zooPage(published);
    const path = new URL('README.md', folder);
    if (process.env.UPDATE !== undefined) writeFileSync(path, page);
    expect(readFileSync(path, 'utf8') === page, 'run UPDATE=1 npx vitest run test/zoo').toBe(true);
  });

  test.each(files)('%s is short, formatted and says where it comes from', (name) => {
    const text = textOf(name);
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(name === 'resnet.cnn' ? 29 : 60);
    const { program, diagnostics } = parse(text, name);
    expect(diagnostics).toEqual([]);
    expect(format(program, text)).toBe(text);
    expect(text).toMatch(/^\/\/ [\s\S]*?\b(19|20)\d\d\b/);
  });
});
