/** @file `examples/zoo/README.md`, written from the table of published figures. */
import type { PublishedNetwork } from './published.ts';

const HEAD = `# The zoo

Networks as they were published, none longer than 60 lines. Each file says where it comes from. A test compiles all of them
and compares them with these figures; in torchvision's networks, with what was counted there, too (\`test/oracle\`).

- **Parameters** are those that are learned, without running statistics of batch norms.
- **MACs** are multiply-adds of one image in layers with weights, padding counted; one multiply-add is one. torchvision calls
  them GFLOPS. Auxiliary heads work in training only, and are not in what torchvision prints.
- **Printed** is what the source prints, where it says less or rounds.

`;

/** The file and its settings, as `summary` takes them. */
function called({ file, set = {} }: PublishedNetwork): string {
  const settings = Object.entries(set).map(([name, value]) => `\`--set ${name}=${value}\``);
  return [`[${file}](${file}.cnn)`, ...settings].join(' ');
}

const grouped = (count: number): string => count.toLocaleString('en-US');

function row(network: PublishedNetwork): string[] {
  const { parameters, macs, printed = {}, torchvision, source } = network;
  const digits = [printed.parameters, printed.macs && `${printed.macs} MACs`].filter(Boolean).join(', ');
  const from = torchvision ? `torchvision: ${torchvision}` : source;
  return [called(network), grouped(parameters), grouped(macs), digits, from];
}

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, k) => Math.max(...rows.map((cells) => cells[k]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, k) => cell.padEnd(widths[k]!)).join(' | ')} |\n`;
  const [head, ...body] = rows;
  return [head!, widths.map((width) => '-'.repeat(width)), ...body].map(line).join('');
}

export function zooPage(networks: readonly PublishedNetwork[]): string {
  return HEAD + table([['network', 'parameters', 'MACs', 'printed', 'source'], ...networks.map(row)]);
}
