/** @file The blocks that are being applied, one within the other. */
import type { Note } from '../../diagnostics/diagnostic.ts';
import type { BlockInstance } from '../model.ts';
import { fail, help } from '../problems.ts';

const maximumBlocks = 64;

export class Applications {
  readonly #blocks: BlockInstance[] = [];

  /** The innermost one. */
  get instance(): BlockInstance | undefined {
    return this.#blocks.at(-1);
  }

  /** Reports CNN4003. */
  inside<Result>({ block, path, span }: Omit<BlockInstance, 'outer'>, action: () => Result): Result {
    const outer = this.instance;
    if (this.#blocks.length >= maximumBlocks)
      fail('CNN4003', `blocks are nested more than ${maximumBlocks} deep at \`${block}\``, span, {
        ...help('a block that applies itself needs a condition that ends it'),
      });
    this.#blocks.push({ block, path, span, ...(outer && { outer }) });
    try {
      return action();
    } finally {
      this.#blocks.pop();
    }
  }

  /** The innermost ones for a report, each place once. */
  trace(): Note[] {
    const places = new Map(this.#blocks.toReversed().map((block) => [block.span.start, block]));
    return [...places.values()]
      .slice(0, 3)
      .map(({ block, span }) => ({ message: `\`${block}\` is applied here`, span }));
  }
}
