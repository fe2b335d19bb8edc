/** @file The choice of what trains. It is shown where the browser has a graphics card, or a program that stands in for one. */

import { element } from '../../../src/pages/report/dom.ts';
import { describe } from '../../../src/runtime/card.ts';
import type { Gpu } from '../../../src/runtime/gpu.ts';
import type { DeviceWish } from '../language/emit.ts';

const WISHES: readonly (readonly [DeviceWish, string])[] = [
  ['cpu', 'Processor'],
  ['auto', 'Whichever is faster'],
  ['webgpu', 'Graphics card'],
];

export class DeviceChoice {
  readonly #select = element('select');
  readonly #said = element('span', { class: 'faint-text' });
  readonly element = element(
    'p',
    { class: 'tools', hidden: true },
    element('label', {}, 'Device', this.#select),
    this.#said,
  );

  constructor() {
    void this.#look().catch(() => {});
  }

  /** What the next run is to be trained on. */
  get wish(): DeviceWish {
    return (this.#select.value as DeviceWish) || 'cpu';
  }

  async #look(): Promise<void> {
    const { gpu } = navigator as { gpu?: Gpu };
    const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) return;
    const { software, description: name } = describe(adapter);
    // A program on the processor is no faster than the processor: it is there for those who ask for it.
    const wishes = software ? WISHES.filter(([wish]) => wish !== 'auto') : WISHES;
    this.#select.append(...wishes.map(([value, text]) => element('option', { value }, text)));
    this.#select.value = software ? 'cpu' : 'auto';
    this.#said.textContent = software ? `${name} is a program on the processor, and slow` : name;
    this.element.hidden = false;
  }
}
