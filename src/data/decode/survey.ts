/** @file What the pictures of a set are like: sizes, formats, colours, by their headers alone. */
import type { Metadata } from 'sharp';
import { loadDecoder } from './decoder.ts';
import type { PictureFile } from './picture-folder.ts';

export interface PictureSurvey {
  /** How many pictures there are of each size, `height×width` as they are seen, the most frequent first. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly formats: ReadonlyMap<string, number>;
  readonly coloured: number;
  /** With pixels that may be transparent. */
  readonly withOpacity: number;
  /** Turned by what their camera noted. */
  readonly turned: number;
}

const TOGETHER = 64;

async function inParts<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (let first = 0; first < items.length; first += TOGETHER)
    await Promise.all(items.slice(first, first + TOGETHER).map(work));
}

function count(into: Map<string, number>, name: string): void {
  into.set(name, (into.get(name) ?? 0) + 1);
}

const byCount = (counts: Map<string, number>) => new Map([...counts].sort((a, b) => b[1] - a[1]));

/** Headers that cannot be read are passed over. */
export async function surveyPictures(files: readonly PictureFile[]): Promise<PictureSurvey> {
  const sharp = await loadDecoder();
  const [sizes, formats] = [new Map<string, number>(), new Map<string, number>()];
  let [coloured, withOpacity, turned] = [0, 0, 0];
  const note = ({ autoOrient, format, space, hasAlpha, orientation = 1 }: Metadata) => {
    count(sizes, `${autoOrient.height}×${autoOrient.width}`);
    count(formats, format);
    coloured += Number(!/^(b-w|grey16)$/.test(space));
    withOpacity += Number(hasAlpha);
    turned += Number(orientation > 1);
  };
  await inParts(files, ({ path }) =>
    sharp(path, { failOn: 'none' })
      .metadata()
      .then(note, () => {}),
  );
  return { sizes: byCount(sizes), formats: byCount(formats), coloured, withOpacity, turned };
}
