import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { answerTo, readStory } from './story.ts';

const folder = fileURLToPath(new URL('stories/', import.meta.url));

/** `UPDATE=1` writes the answers. */
describe('what an editor is answered', () => {
  for (const name of readdirSync(folder))
    test(name, () => {
      const path = folder + name;
      const { story, told, answer } = readStory(readFileSync(path, 'utf8'));
      const found = answerTo(story);
      if (process.env.UPDATE) writeFileSync(path, `${told}===\n${found}`);
      else expect(found).toBe(answer);
    });
});
