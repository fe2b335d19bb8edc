import { createColors } from 'picocolors';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { renderAll } from '../../src/diagnostics/render.ts';
import { type ElaborateOptions, elaborate } from '../../src/semantics/elaborate.ts';
import type { Elaboration } from '../../src/semantics/model.ts';
import { parse } from '../../src/syntax/parse.ts';

/** The elaboration of a program that has no mistakes. */
export function elaborated(text: string, options?: ElaborateOptions): Elaboration {
  const { elaboration, diagnostics } = diagnosed(text, options);
  if (elaboration) return elaboration;
  throw new Error(renderAll(diagnostics, new Map([['test.cnn', text]]), { colors: createColors(false) }));
}

export function diagnosed(text: string, options?: ElaborateOptions) {
  const { program, diagnostics } = parse(text, 'test.cnn');
  if (diagnostics.length > 0) throw new Error(diagnostics[0]!.message);
  return elaborate(program, options);
}

/** A network around some statements, which compute `y`. */
export function network(body: string, before = ''): string {
  return `${before}
network Test(classes = 10) {
  input  image: [2, 8, 8]
  target label: class(classes)
  ${body}
  logits = y -> flatten -> head: dense(classes)
  loss   crossentropy(logits, label)
  output logits
}`;
}

/** Names of the layers that compute `y`. */
export function layerNames(body: string, before = ''): string[] {
  const names = elaborated(network(body, before)).training.layers.map((layer) => layer.name);
  return names.slice(0, names.indexOf('logits.flatten'));
}

export function parameterNames({ states }: Elaboration): string[] {
  return states.filter((state) => state.role === 'parameter').map((state) => state.name);
}

/** `CNN2001 at 'hiden'` */
export function places(text: string, diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ code, span }) => (span ? `${code} at '${text.slice(span.start, span.end)}'` : code));
}
