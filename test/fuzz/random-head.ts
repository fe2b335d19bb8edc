/** @file The end of a random network: scores, a target, a loss that fits both, and metrics. */
import type { Node, Shape } from '../../src/ir/graph.ts';
import type { OperatorDefinition } from '../../src/ops/operator.ts';
import { OPERATORS } from '../../src/ops/registry.ts';
import type { Choices } from './choices.ts';
import { randomAttributes } from './random-attributes.ts';
import type { ProgramWriter, Value } from './random-program.ts';

export interface Head {
  readonly target?: string;
  readonly lines: readonly string[];
  readonly scores: string;
  readonly loss: string;
  readonly metrics: readonly string[];
}

const LOSSES = OPERATORS.filter(({ kind }) => kind === 'loss');
const METRICS = OPERATORS.filter(({ kind }) => kind === 'metric');

export function randomHead(writer: ProgramWriter, choices: Choices, value: Value): Head {
  const kind = choices.next(4);
  const isMap = value.node.shape.length === 3;
  if (kind === 3) return withoutTarget(writer, choices, value);
  if (kind === 2) return ofNumbers(writer, choices, value);
  return ofClasses(writer, choices, value, isMap && kind === 1);
}

/** Scores of classes, for the image or for each pixel of the map. */
function ofClasses(writer: ProgramWriter, choices: Choices, { name, node }: Value, perPixel: boolean): Head {
  const classes = 2 + choices.next(3);
  const [layer, attributes, text] = perPixel
    ? (['conv', { channels: classes, kernel: 1 }, `conv(${classes}, 1x1)`] as const)
    : (['dense', { units: classes }, `dense(${classes})`] as const);
  const scores = writer.net.layer(layer, [node], attributes, writer.fresh('sketch'));
  writer.operators.add(layer);
  const places = perPixel ? node.shape.slice(1) : [];
  const ignore = choices.rarely(3) ? 255 : undefined;
  const [result, target] = [writer.fresh('scores'), writer.fresh('label')];
  const sketch = writer.net.classTarget(target, classes, places, ignore);
  const size = perPixel ? `, [${places.join(', ')}]` : '';
  const ignored = ignore === undefined ? '' : `, ignore: ${ignore}`;
  const setting = { writer, choices, result, target, scores, sketch, classes };
  return {
    target: `target ${target}: class(${classes}${size}${ignored})`,
    lines: [`${result} = ${name} -> ${text}`],
    scores: result,
    loss: judged(setting, LOSSES)!,
    metrics: [METRICS, LOSSES].flatMap((kinds) => {
      const metric = choices.rarely(2) ? judged(setting, kinds) : undefined;
      return metric ? [`metric ${writer.fresh('m')} = ${metric}`] : [];
    }),
  };
}

function ofNumbers(writer: ProgramWriter, choices: Choices, value: Value): Head {
  const { lines, scores, node } = learned(writer, choices, value);
  const target = writer.fresh('wanted');
  const sketch = writer.net.tensorTarget(target, node.shape);
  const setting = { writer, choices, result: scores, target, scores: node, sketch, classes: 1 };
  const loss = judged(setting, LOSSES) ?? `mean(sum((${scores} - ${target}) ^ 2) / 2)`;
  return { target: `target ${target}: ${shapeText(node.shape)}`, lines, scores, loss, metrics: [] };
}

function withoutTarget(writer: ProgramWriter, choices: Choices, value: Value): Head {
  const { lines, scores } = learned(writer, choices, value);
  const loss = choices.pick([`mean(${scores} ^ 2)`, `mean(sqrt(1 + ${scores} ^ 2))`, `mean(softplus(${scores}))`]);
  return { lines, scores, loss, metrics: [] };
}

/** Whatever stands before, there is something to train. */
function learned(writer: ProgramWriter, choices: Choices, { name, node }: Value) {
  const isMap = node.shape.length === 3;
  const width = 1 + choices.next(3);
  const scores = writer.fresh('scores');
  const text = isMap ? `conv(${width}, 1x1)` : `dense(${width})`;
  const made = isMap
    ? writer.net.layer('conv', [node], { channels: width, kernel: 1 }, writer.fresh('sketch'))
    : writer.net.layer('dense', [node], { units: width }, writer.fresh('sketch'));
  return { lines: [`${scores} = ${name} -> ${text} -> tanh`], scores, node: made };
}

interface Judging {
  readonly writer: ProgramWriter;
  readonly choices: Choices;
  readonly result: string;
  readonly target: string;
  readonly scores: Node;
  readonly sketch: Node;
  readonly classes: number;
}

/** A loss or metric of scores and target, of those that accept both. */
function judged(setting: Judging, operators: readonly OperatorDefinition[]): string | undefined {
  const { writer, choices, result, target, scores, sketch, classes } = setting;
  for (let tries = 0; tries < 6; tries++) {
    const definition = choices.pick(operators);
    const { values, texts } = randomAttributes(definition, choices, { shape: scores.shape, classes });
    if (!writer.layer(definition.name, [scores, sketch], values)) continue;
    writer.operators.add(definition.name);
    // Behind two operands the attributes keep their names.
    const named = texts.map((text, k) => (text.includes(': ') ? text : `${Object.keys(values)[k]}: ${text}`));
    return `${definition.name}(${[result, target, ...named].join(', ')})`;
  }
  return undefined;
}

const shapeText = (shape: Shape) => `[${shape.join(', ')}]`;
