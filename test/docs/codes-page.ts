/** @file docs/codes.md and docs/codes, made from the catalogue: a list of all codes, and of each its explanation and examples. */
import { allCodes, codeChapters } from '../../src/cli/all-codes.ts';
import { wrap } from '../../src/diagnostics/display.ts';

const INTRODUCTION = `# Codes

Every diagnostic has a code. A code keeps its meaning and is never used for anything else. \`cnnc explain CODE\` prints
the same text as its page. The pages are made from the catalogue by \`UPDATE=1 npx vitest run test/docs/codes.test.ts\`.

An error stops the compiler. A warning does not, but \`cnnc check\` fails. Advice is about design; \`cnnc check --strict\`
fails for it too.
`;

/** The list. */
export function codesPage(): string {
  const chapters = codeChapters().map(({ title, codes }) =>
    [`## ${title}\n`, ...codes.map((code) => `- [${code}](codes/${code}.md): ${allCodes[code]!.title}`), ''].join('\n'),
  );
  return [INTRODUCTION, ...chapters].join('\n');
}

/** By the names of files in docs/codes. */
export function codePages(): ReadonlyMap<string, string> {
  return new Map(Object.keys(allCodes).map((code) => [`${code}.md`, pageOf(code)]));
}

function pageOf(code: string): string {
  const { severity, title, explanation, wrong, right } = allCodes[code]!;
  const text = wrap(`${severity[0]!.toUpperCase()}${severity.slice(1)}. ${explanation}`, 120).join('\n');
  const examples = ['wrong:', ...indented(wrong), 'right:', ...indented(right)].join('\n');
  return `# ${code}: ${title}\n\n${text}\n\n\`\`\`text\n${examples}\n\`\`\`\n\n[All codes](../codes.md)\n`;
}

const indented = (text: string) => text.split('\n').map((line) => (line ? `  ${line}` : ''));
