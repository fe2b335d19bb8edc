import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pico from 'picocolors';
import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/cli/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { recorder } from './recorder.ts';
import { folderWith } from './run-cnnc.ts';

const main = `import { Stem } from "./blocks/stem.cnn"

network N {
  input image: [1, 8, 8]
  target label: class(3)
  y = image -> Stem(4)
  loss crossentropy(y -> dense(3), label)
  output y
}
`;
const stem = 'import { width } from "../sizes.cnn"\n\nblock Stem(n) {\n  return in -> conv(n * width, 3x3)\n}\n';

/** What a command writes about `main.cnn` in a folder with these files. */
async function run(command: readonly string[], files: Readonly<Record<string, string>>) {
  const folder = folderWith({ 'main.cnn': main, ...files });
  const written = { out: '', err: '' };
  const status = await runCommandLine([...command, join(folder, 'main.cnn')], {
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    readInput: async () => new Uint8Array(),
    colors: pico.createColors(false),
    width: 400,
    interactive: false,
  });
  return { status, out: written.out, err: written.err.replaceAll(folder, 'FOLDER') };
}

describe('files that import others', () => {
  it('are compiled with them, paths being seen from the importing file', async () => {
    const { status, out } = await run(['summary'], { 'blocks/stem.cnn': stem, 'sizes.cnn': 'width = 2\n' });
    expect(status).toBe(0);
    expect(out).toContain('8x6x6');
  });

  it('are reported with the text of the file in which the mistake is', async () => {
    const { status, err } = await run(['check'], { 'blocks/stem.cnn': stem, 'sizes.cnn': 'width = 1 / 0\n' });
    expect(status).toBe(1);
    expect(err).toContain('error[CNN4005]');
    expect(err).toContain('--> FOLDER/sizes.cnn:1:9');
    expect(err).toContain('1 | width = 1 / 0');
  });

  it('say what is missing, and what it may be called', async () => {
    const { status, err } = await run(['check'], { 'blocks/stems.cnn': stem });
    expect(status).toBe(1);
    expect(err).toContain('error[CNN2111]: `FOLDER/blocks/stem.cnn` does not exist');
    expect(err).toContain('did you mean `FOLDER/blocks/stems.cnn`?');
  });

  it('refuse what is no text', async () => {
    const { status, err } = await run(['check'], { 'blocks/stem.cnn': stem, 'sizes.cnn/x': '' });
    expect(status).toBe(1);
    expect(err).toContain('error[CNN2111]: `FOLDER/sizes.cnn` is a folder');
  });
});

describe('imports stay in the project', () => {
  const block = 'block Stem(n) { return in -> conv(n, 3x3) }\n';
  const secret = 'root:x:0:0:very secret\n';
  const reading = (path: string) => main.replace('./blocks/stem.cnn', path);

  /** A project in `outer/inner`, and what lies beside it. */
  async function check(path: string, prepare: (outer: string) => void = () => {}, options: readonly string[] = []) {
    const outer = temporaryFolder('cnnc-');
    mkdirSync(join(outer, 'inner/nets'), { recursive: true });
    writeFileSync(join(outer, 'inner/nets/main.cnn'), reading(path));
    writeFileSync(join(outer, 'inner/stem.cnn'), block);
    writeFileSync(join(outer, 'stem.cnn'), block);
    writeFileSync(join(outer, 'secret'), secret);
    prepare(outer);
    const { terminal, written } = recorder();
    const given = options.map((option) => option.replace('OUTER', outer));
    const status = await runCommandLine(['check', join(outer, 'inner/nets/main.cnn'), ...given], terminal);
    return { status, err: written.err };
  }
  const project = (name: string) => (outer: string) => writeFileSync(join(outer, 'inner', name), '{}');

  it.each(['package.json', '.git', 'cnnc.json'])('%s makes a folder the project', async (name) => {
    expect((await check('../stem.cnn', project(name))).status).toBe(0);
    expect((await check('../../stem.cnn', project(name))).err).toContain('error[CNN2115]');
  });

  it('without a project it is the folder of the file', async () => {
    expect((await check('../stem.cnn')).err.replace(/\s+/g, ' ')).toMatch(/CNN2115.*lies outside of the project/);
    expect(
      (await check('./stem.cnn', (outer) => writeFileSync(join(outer, 'inner/nets/stem.cnn'), block))).status,
    ).toBe(0);
  });

  it('unless another folder is allowed', async () => {
    const { err } = await check('../../stem.cnn', project('.git'));
    expect(err.replaceAll(/\s+/g, ' ')).toContain('--allow-imports');
    expect((await check('../../stem.cnn', project('.git'), ['--allow-imports', 'OUTER'])).status).toBe(0);
    expect((await check('../../stem.cnn', project('.git'), ['--allow-imports', 'OUTER/inner'])).status).toBe(1);
    expect((await check('../../stem.cnn', project('.git'), ['--allow-imports', 'OUTER/absent'])).status).toBe(2);
  });

  it('a link counts as the place that it leads to', async () => {
    const link = (to: string, name: string) => (outer: string) =>
      symlinkSync(join(outer, to), join(outer, 'inner/nets', name));
    const found = [
      await check('./link.cnn', link('stem.cnn', 'link.cnn')),
      await check('./folder/stem.cnn', link('.', 'folder')),
      await check('./link.cnn', link('secret', 'link.cnn')),
      await check('./folder/absent.cnn', link('.', 'folder')),
    ];
    for (const { status, err } of found) {
      expect(status).toBe(1);
      expect(err).toContain('error[CNN2115]');
      expect(err).not.toContain('root:x');
    }
    expect((await check('./link.cnn', link('inner/nets/../stem.cnn', 'link.cnn'))).status).toBe(1);
    const inside = (outer: string) => {
      project('.git')(outer);
      link('inner/stem.cnn', 'link.cnn')(outer);
    };
    expect((await check('./link.cnn', inside)).status).toBe(0);
  });

  it.each([
    ['a path upwards', '../../../../../../../../etc/passwd', () => {}],
    [
      'a file that is no `.cnn`',
      './secret',
      (outer: string) => writeFileSync(join(outer, 'inner/nets/secret'), secret),
    ],
    [
      'a link to one',
      './link.cnn',
      (outer: string) => {
        writeFileSync(join(outer, 'inner/nets/secret'), secret);
        symlinkSync(join(outer, 'inner/nets/secret'), join(outer, 'inner/nets/link.cnn'));
      },
    ],
  ])('%s shows no line of it', async (_, path, prepare) => {
    const { status, err } = await check(path, prepare);
    expect(status).toBe(1);
    expect(err).toContain('error[CNN2115]');
    expect(err).not.toMatch(/root:x/);
  });

  it('a name without its ending is told', async () => {
    const { err } = await check('./stem', (outer) => writeFileSync(join(outer, 'inner/nets/stem.cnn'), block));
    expect(err).toContain('did you mean `./stem.cnn`?');
  });

  it('what is missing is sought from the file that imports it', async () => {
    const { err } = await check('./absent.cnn');
    expect(err.replaceAll(/\s+/g, ' ')).toMatch(/relative to `[^`]*main.cnn`, which imports it/);
  });
});

describe('devices, pipes, folders and long files', () => {
  const pipe = (folder: string, name: string) => execFileSync('mkfifo', [join(folder, name)]);
  const told = async (path: string, prepare: (folder: string) => void = () => {}) => {
    const folder = folderWith({ 'main.cnn': main });
    prepare(folder);
    const { terminal, written } = recorder();
    const status = await runCommandLine(['check', path.replace('FOLDER', folder), '--allow-imports', '/'], terminal);
    expect(status).toBe(1);
    return written.err.slice(0, 400);
  };
  const importing = (path: string) => (folder: string) =>
    writeFileSync(join(folder, 'main.cnn'), main.replace('./blocks/stem.cnn', path));

  it.runIf(process.platform === 'linux')('are refused at once', async () => {
    expect(await told('/dev/zero')).toContain('CNN4203');
    expect(await told('FOLDER/pipe', (folder) => pipe(folder, 'pipe'))).toContain('is a device or a pipe');
    expect(await told('FOLDER')).toContain('CNN4202');
    const device = (folder: string) => {
      symlinkSync('/dev/zero', join(folder, 'zero.cnn'));
      importing('./zero.cnn')(folder);
    };
    expect(await told('FOLDER/main.cnn', device)).toContain('CNN2115');
    const fifo = (folder: string) => {
      pipe(folder, 'pipe.cnn');
      importing('./pipe.cnn')(folder);
    };
    expect(await told('FOLDER/main.cnn', fifo)).toContain('is a device or a pipe');
  });

  it('as are long ones', async () => {
    const long = (folder: string) => writeFileSync(join(folder, 'main.cnn'), ' '.repeat(5e6));
    expect(await told('FOLDER/main.cnn', long)).toContain('CNN1021');
    const imported = (folder: string) => {
      writeFileSync(join(folder, 'long.cnn'), ' '.repeat(5e6));
      importing('./long.cnn')(folder);
    };
    expect(await told('FOLDER/main.cnn', imported)).toContain('CNN2111');
  });

  it('a chain of hundreds of files', async () => {
    const chain = (folder: string) => {
      for (let k = 0; k < 300; k++) {
        const next = `import { B${k + 1} } from "./${k + 1}.cnn"`;
        writeFileSync(join(folder, `${k}.cnn`), `${next}\nblock B${k} { return in -> B${k + 1} }\n`);
      }
      writeFileSync(join(folder, 'main.cnn'), main.replace('Stem } from "./blocks/stem', 'B0 } from "./0'));
    };
    expect(await told('FOLDER/main.cnn', chain)).toContain('CNN2116');
  });
});
