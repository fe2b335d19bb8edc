/** @file What is wrong with the network or could be better, with what to do about it. */
import type { Finding, NetworkReport } from '../../report/network-report.ts';
import { button, byId, element } from './dom.ts';

export function addFindings({ findings }: NetworkReport, choose: (layer: string) => void): void {
  const section = byId('findings');
  if (findings.length === 0) section.append(element('p', {}, 'Nothing: no error, no warning, no advice.'));
  else section.append(element('ul', { class: 'findings' }, ...findings.map((finding) => item(finding, choose))));
}

function item(
  { code, severity, message, notes, help, source, layer, explanation }: Finding,
  choose: (layer: string) => void,
): HTMLElement {
  const parts: Node[] = [element('p', {}, element('strong', {}, `${severity} ${code}`), ` ${message}`)];
  for (const note of notes) parts.push(element('p', { class: 'faint-text' }, note));
  if (help !== undefined) parts.push(element('p', {}, `What to do: ${help}`));
  if (source?.text)
    parts.push(element('p', {}, element('code', {}, `${source.file}:${source.line}: ${source.text.trim()}`)));
  if (explanation) parts.push(element('details', {}, element('summary', {}, 'Why'), element('p', {}, explanation)));
  if (layer !== undefined) parts.push(button(`Show ${layer}`, () => choose(layer)));
  return element('li', { class: severity }, ...parts);
}
