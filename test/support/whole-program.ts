/** @file The program that an example is part of: what is not told is added. */

/** An example is a program, or statements of a network whose last value is put out, and a `train` block. */
export function wholeProgram(example: string): string {
  const lines = example.replace('network N { … }', '').split('\n').filter(Boolean);
  const items = lines.filter((line) => /^(import|block|fn|op|width|train)\b/.test(line));
  if (lines.some((line) => /^network/.test(line))) return `${lines.join('\n')}\n`;
  const body = lines.filter((line) => !items.includes(line));
  const has = (pattern: RegExp) => body.some((line) => pattern.test(line));
  const [, block, parameters = ''] = items.join('\n').match(/block (\w+)(?:\((.*?)\))?/) ?? [];
  const applied = example.includes('…') ? '' : ` -> ${block}(${parameters.replaceAll(/\w+/g, '2')})`;
  if (!has(/^\w+ = .*image/)) body.push(`y = image${block && applied ? applied : ' -> dense(8) -> relu'} -> dense(10)`);
  const last = body.findLast((line) => /^\w+ = /.test(line))!.split(' ')[0];
  if (!has(/^input image/)) body.unshift('input image: [1, 28, 28]');
  if (!has(/label: class/)) body.unshift('target label: class(10)');
  if (!has(/^loss/)) body.push(`loss crossentropy(${last}, label)`);
  if (!has(/^output/)) body.push(`output ${last}`);
  const settings = items.filter((line) => line.startsWith('train'));
  const others = items.filter((line) => !line.startsWith('train'));
  return `${[...others, 'network N {', ...body.map((line) => `  ${line}`), '}', ...settings].join('\n')}\n`;
}
