/** Where more is said about a code, in the package of the compiler. */
export function pageOfCode(code: string): string {
  return `docs/codes/${code}.md`;
}
