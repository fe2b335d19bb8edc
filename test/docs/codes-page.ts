/** @file docs/codes.md, made from the catalogue: every code with its explanation, a wrong and a right example. */
import { allCodes, codeChapters } from '../../src/cli/all-codes.ts';
import type { CatalogueEntry } from '../../src/diagnostics/catalogue-entry.ts';
import { wrap } from '../../src/diagnostics/display.ts';

const INTRODUCTION = `# Codes

Every diagnostic has a code. A code keeps its meaning and is never used for anything else. \`cnnc explain CODE\` prints
the same text as this page. The page is made from the catalogue by \`UPDATE=1 npx vitest run test/docs/codes.test.ts\`.

An error stops the compiler. A warning does not, but \`cnnc check\` fails. Advice is about design; \`cnnc check --strict\`
fails for it too.
`;

export function codesPage(): string {
  const chapters = codeChapters().map(({ title, codes }) =>
    [`## ${title}\n`, ...codes.map((code) => section(code, allCodes[code]!))].join('\n'),
  );
  return [INTRODUCTION, ...chapters].join('\n');
}

function section(code: string, { severity, title, explanation, wrong, right }: CatalogueEntry): string {
  const text = wrap(`${severity[0]!.toUpperCase()}${severity.slice(1)}. ${explanation}`, 120).join('\n');
  const examples = ['wrong:', ...indented(wrong), 'right:', ...indented(right)].join('\n');
  return `### ${code}: ${title}\n\n${text}\n\n\`\`\`text\n${examples}\n\`\`\`\n`;
}

const indented = (text: string) => text.split('\n').map((line) => (line ? `  ${line}` : ''));
