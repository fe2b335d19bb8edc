/**
 * @file The files of a program: the one that is compiled, and what it imports from others and from the standard library,
 * whose texts are part of the compiler. Reading files is the business of whoever calls; the compiler runs in browsers too.
 */
import { library } from 'cnnc:library';
import { nearest } from '../../common/nearest.ts';
import { diagnostic } from '../../diagnostics/catalogue.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ImportItem, Name, Program } from '../../syntax/ast.ts';
import { parse } from '../../syntax/parse.ts';
import { didYouMean, help, listed } from '../problems.ts';

export interface ImportedText {
  /** As diagnostics call it; equal names are the same file. */
  readonly file: string;
  readonly text: string;
}

/** The text of `path` as seen from the file `importer`, or why there is none. */
export type ReadImport = (path: string, importer: string) => ImportedText | ImportProblem;

export interface ImportProblem {
  /** CNN2111 where it is absent. */
  readonly code?: 'CNN2115';
  readonly problem: string;
  readonly help: string;
}

export interface Module {
  readonly program: Program;
  /** The modules that its imports name; absent for those that could not be had. */
  readonly imports: ReadonlyMap<ImportItem, Module>;
  /** It has mistakes or lacks an import, so it may lack definitions. */
  readonly broken: boolean;
  /** Names that its imports were meant to bring, as has been said: they are misspelt there. */
  readonly meant: ReadonlySet<string>;
}

export interface LoadedModules {
  readonly main: Module;
  /** Every module after those it imports. */
  readonly all: readonly Module[];
  readonly diagnostics: readonly Diagnostic[];
  /** The texts of all but the main module. */
  readonly sources: readonly ImportedText[];
}

/** Reads and parses everything that `program` imports. Reports CNN1xxx and CNN2110 to CNN2116. */
export function loadModules(program: Program, read: ReadImport = unreadable): LoadedModules {
  const loader = new Loader(read);
  const main = loader.load(program, false);
  const { all, diagnostics, sources } = loader;
  return { main, all, diagnostics, sources };
}

const unreadable: ReadImport = (path) => ({
  problem: `\`${path}\` cannot be read here`,
  help: 'only files on a disk can import others; copy the definitions, or import from `std/…`',
});

/** Of a file of the standard library. */
export function libraryText(path: string): string | undefined {
  return Object.hasOwn(library, path) ? library[path] : undefined;
}

/** Files that a program may consist of, and how many may import each other in a row. */
const maximumFiles = 1000;
const maximumChain = 200;

class Loader {
  readonly all: Module[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly sources: ImportedText[] = [];
  readonly #known = new Map<string, Module>();
  /** Files whose imports are being read, outermost first. */
  readonly #open: string[] = [];

  constructor(readonly read: ReadImport) {}

  load(program: Program, broken: boolean): Module {
    const { file } = program.span;
    this.#open.push(file);
    const imports = new Map<ImportItem, Module>();
    const meant = new Set<string>();
    for (const item of program.items) {
      const imported = item.kind === 'import' ? this.#import(item) : undefined;
      if (!imported) continue;
      imports.set(item as ImportItem, imported);
      for (const name of this.#checkNames(item as ImportItem, imported)) meant.add(name);
    }
    this.#open.pop();
    const lacks = program.items.some((item) => item.kind === 'import' && !imports.has(item));
    const module = { program, imports, broken: broken || lacks, meant };
    this.#known.set(file, module);
    this.all.push(module);
    return module;
  }

  #import(item: ImportItem): Module | undefined {
    const source = this.#find(item);
    if (!source) return undefined;
    const known = this.#known.get(source.file);
    if (known) return known;
    if (this.#open.includes(source.file)) return this.#circle(item, source.file);
    if (this.#open.length > maximumChain || this.sources.length >= maximumFiles) return this.#tooMany(item);
    this.sources.push(source);
    const { program, diagnostics } = parse(source.text, source.file);
    this.diagnostics.push(...diagnostics);
    return this.load(program, diagnostics.length > 0);
  }

  #find({ from, span }: ImportItem): ImportedText | undefined {
    const path = from.value;
    const own = libraryText(path);
    if (own !== undefined) return { file: path, text: own };
    if (/^\.\.?\//.test(path)) {
      const found = this.read(path, span.file);
      if ('text' in found) return found;
      this.diagnostics.push(
        diagnostic(found.code ?? 'CNN2111', found.problem, { span: from.span, ...help(found.help) }),
      );
      return undefined;
    }
    const names = Object.keys(library);
    const last = nearest(
      path.replace(/^.*\//, ''),
      names.map((name) => name.replace('std/', '')),
    );
    const meant = last && `std/${last}`;
    this.diagnostics.push(
      diagnostic('CNN2110', `there is no \`${path}\` to import from`, {
        span: from.span,
        fix: meant
          ? { message: `did you mean \`${meant}\`?`, edits: [{ span: from.span, replacement: `"${meant}"` }] }
          : {
              message: `the library has ${listed(names)}${path.startsWith('std/') ? '' : `; a file is \`"./${path}"\``}`,
            },
      }),
    );
    return undefined;
  }

  #circle(item: ImportItem, file: string): undefined {
    const circle = [...this.#open.slice(this.#open.indexOf(file)), file];
    const message =
      circle.length === 2 ? `\`${file}\` imports itself` : `imports go in a circle: ${circle.join(' → ')}`;
    this.diagnostics.push(
      diagnostic('CNN2112', message, {
        span: item.from.span,
        ...help('move what both files need into a third one'),
      }),
    );
  }

  /** Said once: every file after it would be too many as well. */
  #tooMany(item: ImportItem): undefined {
    if (this.diagnostics.some(({ code }) => code === 'CNN2116')) return;
    const message =
      this.sources.length >= maximumFiles
        ? `this program imports more than ${maximumFiles} files`
        : `more than ${maximumChain} files import each other in a row`;
    this.diagnostics.push(
      diagnostic('CNN2116', message, { span: item.from.span, ...help('join some of them to one file') }),
    );
  }

  /** Reports the names that a file lacks; gives those that were meant in their places. */
  #checkNames(item: ImportItem, { program, broken }: Module): string[] {
    const names = definitionsOf(program);
    const absent = item.names.filter((name) => !names.some(({ text }) => text === name.text) && !broken);
    const found = absent.map((name) => absentName(item, name, program, names));
    this.diagnostics.push(...found);
    return found.flatMap(({ fix }) => fix?.edits?.map(({ replacement }) => replacement) ?? []);
  }
}

/** What a file lets others import: blocks, functions, operators and constants. */
function definitionsOf(program: Program): Name[] {
  return program.items.flatMap((item) =>
    item.kind === 'block' || item.kind === 'fn' || item.kind === 'op' || item.kind === 'binding' ? [item.name] : [],
  );
}

function absentName(item: ImportItem, { text, span }: Name, program: Program, names: readonly Name[]): Diagnostic {
  const { value: path } = item.from;
  for (const other of program.items) {
    if (other.kind === 'network' && other.name.text === text)
      return diagnostic('CNN2114', `\`${text}\` is a network, which cannot be imported`, {
        span,
        ...help('import the blocks that it is made of'),
      });
    if (other.kind === 'import' && other.names.some((name) => name.text === text))
      return diagnostic('CNN2113', `\`${path}\` has no \`${text}\` of its own`, {
        span,
        notes: [{ message: 'it imports the name itself', span: other.span }],
        ...help(`import it from where it is defined, \`${other.from.value}\``),
      });
  }
  const candidates = names.map((name) => name.text);
  const otherwise = candidates.length > 0 ? `it has ${listed(candidates)}` : 'it defines nothing';
  return diagnostic('CNN2113', `\`${path}\` has no \`${text}\``, {
    span,
    ...didYouMean(text, candidates, span, otherwise),
  });
}
