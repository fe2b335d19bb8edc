/** @file The documents say what is true: programs compile, commands print what is shown, links and codes exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allCodes } from '../../src/cli/all-codes.ts';
import { compileSource } from '../../src/compile.ts';
import { describeCommands, type Fence, fencesOf } from './console.ts';
import { root } from './imports.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** `mistake.cnn` shows what a mistake looks like; all other files of these pages are right. */
const EXAMPLES = ['README.md', 'docs/training.md', 'docs/analysis.md', 'docs/library.md', 'docs/onnx.md'];

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'src/README.md',
  'grammar/README.md',
  'bench/README.md',
  'examples/README.md',
  'examples/zoo/README.md',
  ...pagesIn('docs'),
];

function pagesIn(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => (name.endsWith('.md') ? [`${folder}/${name}`] : []));
}

/** Errors and warnings; advice is no mistake. */
function mistakesIn({ text, name }: Fence): string[] {
  const { diagnostics } = compileSource(text, name);
  return diagnostics.filter(({ severity }) => severity !== 'advice').map(({ code, message }) => `${code} ${message}`);
}

describe('programs', () => {
  const programs = EXAMPLES.flatMap((path) =>
    fencesOf(read(path)).flatMap((fence) => (fence.language === 'cnn' ? [[path, fence.name, fence] as const] : [])),
  );

  it('have names', () => {
    expect(programs.length).toBeGreaterThan(3);
    expect(programs.filter(([, name]) => name === '')).toEqual([]);
  });

  it.each(programs)('of %s: %s', (_, name, program) => {
    if (name === 'mistake.cnn') expect(mistakesIn(program)).not.toEqual([]);
    else expect(mistakesIn(program)).toEqual([]);
  });
});

describeCommands(EXAMPLES);

/** Headings as links name them: `#where-modules-run`. */
function anchorsOf(markdown: string): string[] {
  const headings = [...markdown.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)];
  const plain = ([, heading]: RegExpMatchArray) => heading!.toLowerCase().replaceAll(/[^\w\s\p{L}-]/gu, '');
  return headings.map((heading) => plain(heading).replaceAll(' ', '-'));
}

function brokenLinks(path: string): string[] {
  const links = [...read(path).matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link]) => link!);
  return links.filter((link) => {
    const [file, anchor] = link.split('#');
    const target = file ? join(dirname(path), file) : path;
    return !existsSync(join(root, target)) || (anchor && !anchorsOf(read(target)).includes(anchor));
  });
}

describe('what the text mentions exists', () => {
  it.each(PAGES)('in %s', (path) => {
    expect(brokenLinks(path)).toEqual([]);
    const codes = [...read(path).matchAll(/CNN\d{4}/g)].map(([code]) => code);
    expect(codes.filter((code) => !Object.hasOwn(allCodes, code))).toEqual([]);
  });

  it('in the pages of codes, of which each is linked from their list', () => {
    const pages = pagesIn('docs/codes');
    expect(pages.length).toBe(Object.keys(allCodes).length);
    expect(pages.flatMap(brokenLinks)).toEqual([]);
    const listed = [...read('docs/codes.md').matchAll(/\]\(([^)#]+)/g)].map(([, link]) => `docs/${link}`);
    expect(pages.filter((page) => !listed.includes(page))).toEqual([]);
  });

  it('and every page is linked from README.md', () => {
    const links = [...read('README.md').matchAll(/\]\(([^)#]+)/g)].map(([, link]) => link!);
    expect(PAGES.filter((path) => path !== 'README.md' && !links.includes(path))).toEqual([]);
  });
});
