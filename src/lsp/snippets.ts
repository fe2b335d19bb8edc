/** @file The keywords of the language with the rest of their statement, for editors. */
import { KEYWORDS, type Keyword } from '../syntax/keywords.ts';

export interface Snippet {
  readonly label: string;
  readonly kind: 'keyword';
  readonly snippet: string;
  readonly detail: string;
}

/** Places to go to are written `<like this>`, the last one `<>`; editors write `${1:like this}` and `$0`. */
export function snippetOf(text: string): string {
  let number = 0;
  return text.replace(/<([^<>]*)>/g, (_, name) => (name === '' ? '$0' : `\${${++number}:${name}}`));
}

/** What may stand at such a place. */
export function keywordsAt(place: keyof typeof KEYWORDS): readonly Snippet[] {
  return KEYWORDS[place].map(({ name, form, summary }: Keyword) => ({
    label: name,
    kind: 'keyword',
    snippet: snippetOf(form),
    detail: summary,
  }));
}
