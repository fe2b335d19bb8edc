/** @file The playground as a person meets it, in a real browser. Skipped where there is no Chromium (`CHROMIUM` names another). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Download, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { colourSheet } from '../../playground/src/training/sheets.ts';
import { writeOwnData } from './own-data.ts';
import { installed, Site, title, violations } from './site.ts';

async function textOf(file: Download, folder: string): Promise<string> {
  const path = join(folder, 'saved');
  await file.saveAs(path);
  return readFileSync(path, 'utf8');
}

function importText(code: string) {
  return import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
}

/** Runs in the worker that trains, before all else there. */
function keepDevices(): void {
  const scope = globalThis as never as {
    GPUAdapter: { prototype: { requestDevice(...given: unknown[]): Promise<{ destroy(): void }> } };
    takeAway: () => void;
  };
  const { prototype } = scope.GPUAdapter;
  const { requestDevice } = prototype;
  prototype.requestDevice = async function (...given) {
    const device = await requestDevice.apply(this, given);
    scope.takeAway = () => device.destroy();
    return device;
  };
}

it('pictures of three channels are shown in their colours', () => {
  const { pixels } = colourSheet('image', Float32Array.of(1, 0, 0.5, 0, 0, 1), 1, 2);
  expect([...pixels]).toEqual([255, 128, 0, 255, 0, 0, 255, 255]);
  // Numbers beyond 0 and 1 are spread over what they span.
  expect([...colourSheet('image', Float32Array.of(-1, 0, 1), 1, 1).pixels]).toEqual([0, 128, 255, 255]);
});

describe.skipIf(!installed)(`the playground in ${title}`, () => {
  const site = new Site();
  let page: Page;

  beforeAll(async () => {
    await site.build();
    page = await site.open('', { viewport: { width: 1200, height: 900 }, bypassCSP: true });
  }, 180_000);

  afterAll(() => site.close());

  it('loads less than 400 kB before something is trained', async () => {
    await page.waitForSelector('#graph .leaf');
    const files = [...new Set(site.requests.filter((address) => address.startsWith(site.address)))];
    const sizes = files.map((address) => {
      const name = new URL(address).pathname.slice(1) || 'index.html';
      return [name, gzipSync(readFileSync(join(site.folder, name)), { level: 9 }).length] as const;
    });
    const names = sizes.map(([name]) => name);
    expect(names).toContain('language.js');
    expect(names.filter((name) => /compiler|training/.test(name))).toEqual([]);
    expect(sizes.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(400_000);
  });

  it('shows the graph and the figures of the network', async () => {
    expect(await page.locator('#graph .leaf').count()).toBe(16);
    expect(await page.locator('.table tfoot').textContent()).toContain('61,706');
  });

  it('tells a mistake as it is typed, and mends it', async () => {
    await page.locator('.cm-line', { hasText: 'flatten' }).click();
    await page.keyboard.press('End');
    await page.keyboard.type(' -> reluu');
    const problem = page.locator('#problems li');
    await expect.poll(() => problem.first().textContent()).toContain('`reluu` is not known'.replaceAll('`', ''));
    await problem.getByRole('button', { name: 'Mend it' }).click();
    await expect.poll(() => page.locator('#state').textContent()).toContain('No mistakes.');
    expect(await page.locator('.cm-content').textContent()).not.toContain('reluu');
  });

  it('completes what may stand at the cursor, with its documentation', async () => {
    await page.keyboard.type(' -> maxp');
    await page.keyboard.press('Control+Space');
    const proposals = page.locator('.cm-tooltip-autocomplete');
    await expect.poll(() => proposals.textContent()).toContain('maxpool');
    await page.keyboard.press('Escape');
    for (let letter = 0; letter < ' -> maxp'.length; letter++) await page.keyboard.press('Backspace');
  });

  it('trains while the page stays free: long tasks on its thread are no rule', async () => {
    await page.getByRole('tab', { name: 'Train' }).click();
    const state = page.locator('.state');
    const losses = () => page.evaluate(() => document.querySelector('.charts svg')?.getAttribute('aria-label') ?? '');
    const tasks = await site.trace(page, async () => {
      await page.getByRole('button', { name: 'Train', exact: true }).click();
      await expect.poll(() => state.textContent(), { timeout: 30_000 }).toMatch(/step [2-9]\d\b/);
      await page.getByRole('slider', { name: 'Learning rate' }).fill('-1');
      await expect.poll(() => state.textContent(), { timeout: 30_000 }).toMatch(/step 1\d\d\b/);
      await page.getByRole('button', { name: 'Pause' }).click();
      await expect.poll(() => state.textContent()).toContain('is paused');
    });
    expect(tasks.length).toBeGreaterThan(100);
    // On a quiet machine none takes 50 ms of processor time. On a busy one a single task may, but none of those that come again.
    const long = tasks.filter((milliseconds) => milliseconds > 50);
    expect(long.length).toBeLessThan(tasks.length / 100);
    // From ln 10 it falls.
    await expect.poll(losses).toMatch(/training ends at 0?\.\d|training ends at 1\.[0-4]/);
    expect(await page.locator('.response').count()).toBeGreaterThan(13);
    expect(await page.locator('.digits li').count()).toBe(10);
  });

  it('goes on by single steps', async () => {
    const stepOf = async () => Number(/step (\d+)/.exec((await page.locator('.state').textContent()) ?? '')?.[1]);
    const before = await stepOf();
    await page.getByRole('button', { name: 'Step' }).click();
    await expect.poll(stepOf).toBe(before + 1);
  });

  it('reads what is drawn', async () => {
    const pad = page.getByRole('img', { name: 'for the network to read' });
    await pad.scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await pad.boundingBox())!;
    await page.mouse.move(x + width / 2, y + height * 0.15);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y + height * 0.85, { steps: 5 });
    await page.mouse.up();
    await expect.poll(() => page.getByText('It is read as 1.').count()).toBe(1);
  });

  it('knows the program that replaces the one that was trained, and what the page cannot train', async () => {
    const write = async (text: string) => {
      await page.getByLabel('Example').selectOption('');
      await page.locator('.cm-content').click();
      await page.keyboard.insertText(text);
    };
    expect(await page.getByRole('button', { name: 'Go on' }).count()).toBe(1);
    await page.getByLabel('Example').selectOption('mlp');
    await expect.poll(() => page.locator('.state').textContent()).toContain('has changed: Train begins a new run.');
    expect(await page.getByRole('button', { name: 'Go on' }).count()).toBe(0);
    expect(await page.getByLabel('Example').inputValue()).toBe('mlp');
    await write('network N { input wave: [1, 64] target t: class(2) y = wave -> conv(4, 5) -> flatten -> dense(2)');
    await page.keyboard.insertText('\nloss crossentropy(y, t)\noutput y }\ntrain N { optimizer adam(lr: 0.007) }');
    await expect.poll(() => page.locator('#state').textContent()).toContain('cannot train it');
    expect(await page.getByLabel('Example').inputValue()).toBe('');
    await expect.poll(() => page.locator('.rate output').textContent()).toBe('0.007');
    await page.getByRole('tab', { name: 'What it sees' }).click();
    await expect.poll(() => page.locator('#fields').textContent()).toContain('sees 5 places of 64');
    expect(await page.getByRole('button', { name: 'Another signal' }).count()).toBe(1);
    expect(await page.locator('#fields image').getAttribute('href')).toContain('polyline');
    await page.getByRole('tab', { name: 'Train' }).click();
  });

  describe("data of one's own", () => {
    const program = `network Three {
  input image: [1, 28, 28]
  target label: class(3)
  logits = image -> conv(4, 5x5, stride: 2) -> relu -> flatten -> dense(3)
  loss crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
}
train Three {
  optimizer adam(lr: 0.01)
  batch 16
  epochs 8
}`;
    const state = () => page.locator('.state').textContent();
    const note = () => page.locator('.views .faint-text').allTextContents();
    const train = async () => {
      await page.getByRole('button', { name: 'Start anew' }).click();
    };
    const learns = () =>
      expect.poll(state, { timeout: 30_000 }).toMatch(/has finished.*, (9\d|100)\.\d % of the test right/);
    let data: ReturnType<typeof writeOwnData>;

    it('is chosen above the button that trains', async () => {
      data = writeOwnData(join(site.folder, 'own'));
      await page.getByLabel('Example').selectOption('');
      await page.locator('.cm-content').fill(program);
      await expect.poll(() => page.locator('#state').textContent()).toContain('No mistakes.');
      await page.getByText('Data: digits').click();
      await page.getByRole('radio', { name: 'Files of your own' }).check();
    });

    it.each([
      ['IDX files, gzipped or not', () => data.mnist, '150 images to train on'],
      ['a CSV table', () => data.csv, 'held back for the test, by class'],
      [
        'a CSV table beside something else',
        () => [data.csv, data.other],
        'Not read, as they are of another kind: notes.txt.',
      ],
      ['an NPZ archive', () => data.npz, '150 images to train on'],
    ])('is %s', async (_, files, said) => {
      await page.getByLabel('Choose files').setInputFiles(files());
      await train();
      await learns();
      expect((await note()).join()).toContain(said);
    });

    it('is pictures in folders, whose names are the classes, and a broken one is told', async () => {
      await page.getByLabel('Choose a folder').setInputFiles(data.pictures);
      await train();
      await learns();
      expect((await note()).join()).toMatch(/1 of \d+ pictures could not be read and are left out/);
      expect((await note()).join()).toContain('Colours become grey');
      await expect.poll(() => page.locator('.digits').textContent()).toMatch(/(zero|one|two) ✓/);
    });

    it('says what it cannot read, and takes options where a table is doubtful', async () => {
      await page.getByLabel('Choose files').setInputFiles(data.other);
      await train();
      await expect.poll(state).toContain('The page reads pictures in a folder for each class');
      await page.getByLabel('Choose files').setInputFiles(data.doubtful);
      await train();
      await expect.poll(state).toContain('titles or an image?');
      await page.getByLabel('Options of the format').fill('noheader');
      await train();
      await expect.poll(state).toContain('785 values, but 3 in the lines before');
    });

    it('is drawn by hand', async () => {
      await page.getByRole('radio', { name: 'Pictures that you draw' }).check();
      const pad = page.getByRole('img', { name: 'pictures of your classes' });
      await page.getByLabel('name of class 1').fill('across');
      await page.getByLabel('name of class 2').fill('down');
      for (let k = 0; k < 6; k++) {
        await pad.scrollIntoViewIfNeeded();
        const { x, y, width, height } = (await pad.boundingBox())!;
        const [isAcross, at] = [k % 2 === 0, 0.3 + 0.05 * k];
        await page.mouse.move(x + width * (isAcross ? 0.1 : at), y + height * (isAcross ? at : 0.1));
        await page.mouse.down();
        await page.mouse.move(x + width * (isAcross ? 0.9 : at), y + height * (isAcross ? at : 0.9), { steps: 4 });
        await page.mouse.up();
        await page.getByRole('button', { name: `is of class ${isAcross ? 1 : 2}` }).click();
      }
      await train();
      await expect.poll(state).toContain('Draw at least two pictures of at least two classes');
      for (const turn of [1, 2]) {
        const { x, y, width, height } = (await pad.boundingBox())!;
        await page.mouse.move(x + width * 0.2, y + height * 0.2 * turn);
        await page.mouse.down();
        await page.mouse.move(x + width * 0.8, y + height * 0.8, { steps: 4 });
        await page.mouse.up();
        await page.getByRole('button', { name: 'is of class 3' }).click();
      }
      await train();
      await expect.poll(state).toContain('has finished');
      expect((await note()).join()).toContain('5 drawings to train on; the last of each class, 3 in all');
      await expect.poll(() => page.locator('.digits').textContent()).toMatch(/across|down/);
      await page.getByRole('radio', { name: 'Digits that the compiler draws' }).check();
    });
  });

  it('shows an experiment with what to look at, and its programs', async () => {
    await page.getByLabel('Experiment').selectOption({ label: 'Dropout' });
    const panel = page.locator('#experiment');
    expect(await panel.textContent()).toContain('Look at the distance between training and test');
    await panel.getByRole('button', { name: 'dropout', exact: true }).click();
    await expect.poll(() => page.locator('.cm-content').textContent()).toContain('dropout(50%)');
  });

  it('shows what a place sees, and the mathematics of a layer beside its code', async () => {
    await page.getByRole('tab', { name: 'What it sees' }).click();
    await expect
      .poll(() => page.locator('#fields').textContent())
      .toMatch(/sees (\d+x\d+ pixels|the whole input)|No layer/);
    await page.getByRole('tab', { name: 'Mathematics' }).click();
    await page.getByRole('combobox', { name: 'Layer' }).selectOption({ label: 'fc1: dense' });
    expect(await page.locator('#panel-mathematics').textContent()).toContain('d.fc1.weight[o, k] = sum(batch)');
    await page.getByRole('button', { name: 'Show the code' }).click();
    await expect.poll(() => page.locator('.kernel').count()).toBeGreaterThan(2);
    expect(await page.locator('.kernel').first().textContent()).toContain('function train_');
  });

  it('has the program in its address, which opens it elsewhere', async () => {
    await page.getByText('Share and download').click();
    await page.getByRole('button', { name: 'Copy the address' }).click();
    await expect.poll(() => new URL(page.url()).hash).toMatch(/^#1[\w-]{100,}$/);
    const other = await site.open(new URL(page.url()).hash);
    await expect.poll(() => other.locator('.cm-content').textContent()).toContain('network Dropout');
    await other.close();
  });

  it('gives the module that was compiled in the page, which trains in Node', async () => {
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Trainer module' }).click(),
    ]);
    expect(saved.suggestedFilename()).toBe('dropout.js');
    const { createTrainer, network } = await importText(await textOf(saved, site.folder));
    expect(network.name).toBe('Dropout');
    const trainer = await createTrainer();
    const { loss } = trainer.step({ images: new Uint8Array(784 * 2).fill(100), labels: Uint8Array.of(1, 2) });
    expect(loss).toBeGreaterThan(0);
  });

  it('gives a page with everything, which opens from a disk and reads what is drawn', async () => {
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'A page with everything' }).click(),
    ]);
    const path = join(site.folder, saved.suggestedFilename());
    await saved.saveAs(path);
    const all = await site.open(pathToFileURL(path).href, { bypassCSP: false }, '#try .pad');
    const { x, y, width, height } = (await all.locator('#try .pad').boundingBox())!;
    await all.mouse.move(x + width / 2, y + height * 0.15);
    await all.mouse.down();
    await all.mouse.move(x + width / 2, y + height * 0.85, { steps: 5 });
    await all.mouse.up();
    await expect
      .poll(() => all.locator('#try [role=status]').textContent())
      .toMatch(/^It is read as (across|down|class 3)/);
    expect(await all.locator('#training svg').count()).toBe(2);
    expect(await all.locator('#take pre').textContent()).toContain('network Three');
    expect(await all.locator('#graph .leaf').count()).toBeGreaterThan(5);
    await all.close();
    await page.keyboard.press('Escape');
  });

  it('has nothing that axe finds wrong, light or dark, and fits a narrow screen', async () => {
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 375, height: 700 });
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1200, height: 900 });
  });

  it('writes a network from nothing, by what it proposes', async () => {
    await page.getByLabel('Example').selectOption('');
    const propose = async (wanted: RegExp) => {
      await page.keyboard.press('Control+Space');
      const chosen = page.locator('.cm-tooltip-autocomplete li[aria-selected]');
      await expect.poll(() => chosen.textContent()).toMatch(wanted);
      // CodeMirror takes no answer that may have been meant for the text before.
      await page.waitForTimeout(150);
      await page.keyboard.press('Enter');
    };
    const type = async (...keys: string[]) => {
      for (const text of keys) await (text === 'Tab' ? page.keyboard.press(text) : page.keyboard.type(text));
    };
    await propose(/^network/);
    await type('Mine', 'Tab', 'Tab', 'Tab', 'x = image -> con');
    await propose(/^conv/);
    await type('8', 'Tab', '3x3', 'Tab', ' -> relu -> flatten -> dense(10)');
    await page.getByRole('button', { name: 'add what Mine lacks to be trained' }).click();
    await expect.poll(() => page.locator('.cm-content').textContent()).toContain('loss crossentropy(x, label)');
    await expect.poll(() => page.locator('#state').textContent()).toContain('No mistakes.');
    await page.keyboard.press('Control+Enter');
    await expect.poll(() => page.locator('.state').textContent()).toMatch(/step \d+/);
  });

  it('trains on a graphics card where one asks for it, and a program that stands in for one is no choice of its own', async () => {
    const device = page.getByLabel('Device');
    const state = () => page.locator('.state').textContent();
    expect(await device.inputValue()).toBe('cpu');
    expect(await device.locator('option').allTextContents()).toEqual(['Processor', 'Graphics card']);
    expect(await page.getByText('is a program on the processor, and slow').count()).toBe(1);
    await device.selectOption('webgpu');
    const script = readFileSync(join(site.folder, 'training.js'), 'utf8');
    await page.route('**/training.js', (route) =>
      route.fulfill({
        contentType: 'text/javascript',
        headers: { 'cross-origin-embedder-policy': 'require-corp' },
        body: `(${keepDevices})();${script}`,
      }),
    );
    await page.getByRole('button', { name: 'Start anew' }).click();
    await expect.poll(state, { timeout: 30_000 }).toMatch(/step \d+.* on the graphics card \(.*swiftshader\)/i);
    await expect.poll(() => page.locator('.digits li').count()).toBe(10);
    // The system takes the card away: training goes on, with a word.
    const before = Number(/step (\d+)/.exec((await state())!)![1]);
    await page
      .workers()
      .at(-1)!
      .evaluate(() => (globalThis as never as { takeAway(): void }).takeAway());
    await expect
      .poll(() => page.locator('.views').textContent(), { timeout: 30_000 })
      .toMatch(/graphics card is gone.* goes on from step/);
    await expect.poll(async () => Number(/step (\d+)/.exec((await state())!)?.[1])).toBeGreaterThan(before);
    await page.unroute('**/training.js');
    await device.selectOption('cpu');
    await page.getByRole('button', { name: 'Start anew' }).click();
    await expect.poll(state).toMatch(/step \d+/);
    expect(await state()).not.toContain('graphics card');
  });

  it('is one file, too, that opens from a disk and trains', async () => {
    const single = await site.open(pathToFileURL(join(site.folder, 'playground.html')).href);
    await single.getByRole('tab', { name: 'Train' }).click();
    await single.getByRole('button', { name: 'Train', exact: true }).click();
    await expect.poll(() => single.locator('.state').textContent()).toMatch(/step \d+/);
    await single.close();
  });

  it('asks no other host for anything, and the console stays empty', () => {
    const others = site.requests.filter(
      (address) => !/^(blob:|file:)?(http:\/\/127\.0\.0\.1:|\/\/|null)/.test(address),
    );
    expect(others).toEqual([]);
    expect(site.console).toEqual([]);
  });
});
