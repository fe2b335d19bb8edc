/** @file The memory for images in the course of a step, and what it is at any moment of it. */
import { bytes } from '../../analysis/figure-texts.ts';
import type { NetworkReport } from '../../report/network-report.ts';
import { byId, element, slider, svgElement } from './dom.ts';

const [WIDTH, HEIGHT] = [1000, 260];
const NAMED = 8;

export function addMemoryView({ memory, summary }: NetworkReport): void {
  const { steps, peak, alive, planned } = memory;
  const section = byId('memory');
  const most = steps[peak]?.bytes ?? 0;
  if (most === 0) {
    section.append(element('p', {}, 'A step keeps nothing of the images.'));
    return;
  }
  const x = (step: number) => (WIDTH * step) / Math.max(1, steps.length - 1);
  const y = (size: number) => HEIGHT - (0.95 * HEIGHT * size) / Math.max(most, planned);
  const area = steps.map((step, k) => `${k === 0 ? 'M' : 'L'}${x(k).toFixed(1)} ${y(step.bytes).toFixed(1)}`).join('');
  const here = svgElement('line', { class: 'here', y1: 0, y2: HEIGHT });
  const chart = svgElement(
    'svg',
    {
      class: 'chart',
      role: 'img',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      'aria-label': `memory over ${steps.length} kernels`,
    },
    svgElement('path', { class: 'area', d: `${area}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}z` }),
    svgElement('line', { class: 'mark', x1: 0, x2: WIDTH, y1: y(planned), y2: y(planned) }),
    here,
  );
  const said = element('p', { 'aria-live': 'polite' });
  const move = (step: number) => {
    here.setAttribute('x1', `${x(step)}`);
    here.setAttribute('x2', `${x(step)}`);
    said.replaceChildren(
      `Kernel ${step + 1} of ${steps.length}, `,
      element('code', {}, steps[step]!.title || 'no layer'),
      `: ${bytes(steps[step]!.bytes)} alive`,
    );
  };
  const { label, input } = slider('Kernel', steps.length - 1, move);
  const more = alive.length > NAMED ? `, and ${alive.length - NAMED} more` : '';
  const names = alive.slice(0, NAMED).map(({ name, bytes: size }) => `${name} (${bytes(size)})`);
  section.append(
    element(
      'p',
      {},
      `What is alive of the images while a step runs, in batches of ${summary.batch}: at most ${bytes(most)}. The line is what the plan takes for it, ${bytes(planned)}.`,
    ),
    chart,
    label,
    said,
    element('p', {}, `At the peak: ${names.join(', ')}${more}.`),
  );
  input.value = `${peak}`;
  move(peak);
}
