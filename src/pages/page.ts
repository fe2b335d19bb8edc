/** @file The frame of every page that is written: one file that asks no host for anything, light or dark as its reader likes it. */
import { escaped } from '../drawing/svg.ts';
import { REPORT_STYLE } from './report-style.ts';

export interface PageParts {
  readonly title: string;
  /** Before the style that all pages share. */
  readonly style?: string;
  /** What stands in the body, as HTML. */
  readonly body: string;
  /** What the script reads, in elements of these names. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly script?: string;
  /** From where else scripts may come, as a policy writes it. */
  readonly scriptSources?: string;
  /** Seconds after which it is read again. */
  readonly refresh?: number;
}

export function htmlPage({ title, style = '', body, data = {}, script, scriptSources, refresh }: PageParts): string {
  const elements = Object.entries(data).map(
    ([name, value]) => `<script type="application/json" id="${name}">${inScript(JSON.stringify(value))}</script>\n`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'${scriptSources === undefined ? '' : ` ${scriptSources}`}; img-src data:">
<link rel="icon" href="data:,">
${refresh === undefined ? '' : `<meta http-equiv="refresh" content="${refresh}">\n`}<title>${escaped(title)}</title>
<style>
${style}${REPORT_STYLE}</style>
</head>
<body>
${body}
${elements.join('')}${script === undefined ? '' : `<script>${script.replaceAll('</script', '<\\/script')}</script>\n`}</body>
</html>
`;
}

/** No letter of the data can end its element. */
function inScript(json: string): string {
  return json.replaceAll('<', '\\u003c');
}
