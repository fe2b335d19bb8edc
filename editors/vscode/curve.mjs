/** @file The log of a run (`metrics.jsonl`) as one line: a curve of the loss, and the last figures. */

const LEVELS = '▁▂▃▄▅▆▇█';
const WIDTH = 16;

/** Rows of a log that may still be written: a last line that is not whole is left for later. */
export function rowsOf(text) {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .flatMap((line) => (line ? [JSON.parse(line)] : []));
}

/** Of as many parts as fit the mean each, from the lowest to the highest. */
export function curve(values) {
  const width = Math.min(WIDTH, values.length);
  const parts = Array.from({ length: width }, (_, k) => {
    const part = values.slice(Math.floor((k * values.length) / width), Math.floor(((k + 1) * values.length) / width));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const [low, high] = [Math.min(...parts), Math.max(...parts)];
  const levelOf = (value) => (high > low ? Math.round(((value - low) / (high - low)) * (LEVELS.length - 1)) : 0);
  return parts.map((value) => LEVELS[levelOf(value)]).join('');
}

/** Nothing before the first row. */
export function statusText(rows) {
  const steps = rows.filter(({ kind, loss }) => kind === 'step' && loss !== undefined);
  const last = steps.at(-1);
  if (!last) return undefined;
  const epoch = rows.findLast(({ kind }) => kind === 'epoch');
  const accuracy = epoch?.validationAccuracy ?? epoch?.testAccuracy ?? last.trainAccuracy;
  const part = `${Math.floor((100 * last.images) / last.total)} %`;
  return [
    `${curve(steps.map(({ loss }) => loss))} loss ${last.loss.toPrecision(3)}`,
    ...(accuracy === undefined ? [] : [`${(100 * accuracy).toFixed(1)} %`]),
    `epoch ${last.epoch} ${last.images < last.total ? part : 'done'}`,
  ].join('  ');
}
