/**
 * @file Data sets whose images and classes are known without reading them: a network that they cannot train is told so when
 * it is checked. `--data` may name other data, so it is no error.
 */
import { printShape } from '../../common/shape.ts';
import { formatOf } from '../../data/formats.ts';
import { diagnostic } from '../../diagnostics/catalogue.ts';
import type { Span } from '../../diagnostics/diagnostic.ts';
import { help } from '../problems.ts';
import type { Walk } from '../walk/walk.ts';

/** Reports CNN4008 where the images have another shape than the network takes, or there are more classes. */
export function checkKnownData(walk: Walk, data: string, span: Span): void {
  const { name: kind, known } = formatOf(data) ?? {};
  const { shape, classes } = known ?? {};
  const [input, second] = walk.draft.inputs;
  if (!shape || !classes || !input || second) return;
  const complain = (problem: string, fix: string) =>
    walk.report.diagnostics.push(diagnostic('CNN4008', problem, { span, ...help(fix) }));
  const fits = shape.length === input.shape.length && shape.every((extent, k) => !extent || extent === input.shape[k]);
  const wanted = `[${shape.map((extent, k) => extent || ['channels', 'height', 'width'][k]).join(', ')}]`;
  if (!fits)
    complain(
      `the images of \`${kind}\` are ${wanted}, and \`${input.name}\` takes ${printShape(input.shape)}`,
      `declare \`input ${input.name}: ${wanted}\`: channels, height, width`,
    );
  for (const { name, type } of walk.draft.targets)
    if (type.kind === 'class' && type.classes < classes)
      complain(
        `\`${kind}\` has ${classes} classes, and \`${name}\` takes ${type.classes}`,
        `declare \`target ${name}: class(${classes})\``,
      );
}
