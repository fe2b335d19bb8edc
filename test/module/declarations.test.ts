/** @file The declarations beside a module are what TypeScript holds its users to. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { compileSource, emitModule, emitPredictor } from '../../src/compile.ts';

type Kind = 'Trainer' | 'Predictor';

/** What TypeScript says about a program that uses the module. */
async function complaints(source: string, use: string, kind: Kind = 'Trainer'): Promise<string[]> {
  const { elaboration } = compileSource(source, 'test.cnn');
  const { declarations } = await (kind === 'Trainer' ? emitModule : emitPredictor)(elaboration!, { target: 'js' });
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-types-'));
  try {
    writeFileSync(join(folder, 'net.d.ts'), declarations);
    writeFileSync(
      join(folder, 'use.ts'),
      `import { create${kind}, TrainerError } from './net';
       const ${kind.toLowerCase()} = await create${kind}();
       ${use}`,
    );
    const program = ts.createProgram([join(folder, 'use.ts')], {
      ...{ strict: true, noEmit: true, types: [], target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    });
    return ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const pair = `network Pair {
  input  left: [4]
  input  right: [4]
  target label: class(3)
  target size: [2]
  both   = concat(left, right)
  scores = both -> dense(3)
  sizes  = both -> dense(2)
  loss   crossentropy(scores, label) + mse(sizes, size)
  output probs = softmax(scores)
  output sizes
}`;

const alone = `network Alone {
  input  image: [4]
  output drawn = image -> dense(2) -> tanh -> dense(4)
  loss   mse(drawn, image)
}`;

describe('declarations', () => {
  it('of several inputs and targets ask for each by its name', { timeout: 30_000 }, async () => {
    const found = await complaints(
      pair,
      `const images = { left: new Float32Array(4), right: new Uint8Array(4) };
       const labels = { label: Int32Array.of(1), size: new Float32Array(2) };
       await trainer.step({ images, labels });
       const sizes: Float32Array | undefined = (await trainer.predictAll(images)).get('sizes');
       // @ts-expect-error: the other input is missing
       await trainer.predict({ left: images.left });
       // @ts-expect-error: labels go by name
       await trainer.step({ images, labels: labels.label });
       // @ts-expect-error: there is no such output
       (await trainer.predictAll(images)).get('size');
       export { sizes };`,
    );
    expect(found).toEqual([]);
  });

  it('of a network without targets ask for images alone', { timeout: 30_000 }, async () => {
    const found = await complaints(
      alone,
      `const { loss } = await trainer.step({ images: new Float32Array(4) });
       // @ts-expect-error: there is nothing to label
       await trainer.step({ images: new Float32Array(4), labels: new Float32Array(4) });
       const { code }: { code: string } = new TrainerError();
       new Blob([trainer.save({ weights: true })]);
       const { taken } = trainer.load(new ArrayBuffer(8), { partial: true });
       const { loss: tested } = await trainer.test({ images: new Float32Array(4) });
       for await (const { stopped } of trainer.fit({ train: { images: new Float32Array(4) } }, { watch: 'validation' }))
         if (stopped) console.log(stopped.reason, trainer.run?.ended, trainer.buffers.size);
       await trainer.predict(new ImageData(2, 2));
       await trainer.predict([document.createElement('canvas')]);
       export { code, loss, taken, tested };`,
    );
    expect(found).toEqual([]);
  });

  it('of a predictor answer at once', { timeout: 30_000 }, async () => {
    const found = await complaints(
      pair,
      `const images = { left: new Float32Array(4), right: new Uint8Array(4) };
       predictor.load(new ArrayBuffer(8));
       const probs: Float32Array = predictor.predict(images);
       const sizes: Float32Array | undefined = predictor.predictAll(images).get('sizes');
       predictor.predict({ left: new ImageData(2, 2), right: [document.createElement('canvas')] });
       const classes: readonly string[] | undefined = predictor.network.classes;
       await createPredictor({ threads: 1, relaxedSimd: false });
       // @ts-expect-error: the other input is missing
       predictor.predict({ left: images.left });
       // @ts-expect-error: there is no such output
       predictor.predictAll(images).get('size');
       // @ts-expect-error: it does not train
       predictor.step;
       new TrainerError().code;
       export { classes, probs, sizes };`,
      'Predictor',
    );
    expect(found).toEqual([]);
  });
});

describe('declarations and the runtime', async () => {
  const { elaboration } = compileSource(alone, 'test.cnn');
  const trainer = await emitModule(elaboration!, { target: 'js', worker: true });
  const predictor = await emitPredictor(elaboration!, { target: 'js' });

  it.each([
    ['data/image-types', trainer],
    ['data/image-source', trainer],
    ['runtime/trainer-api', trainer],
    ['runtime/worker-api', trainer],
    ['data/image-types', predictor],
    ['runtime/predictor-api', predictor],
  ])('have the text of %s.ts', (file, { declarations }) => {
    const text = readFileSync(new URL(`../../src/${file}.ts`, import.meta.url), 'utf8');
    const own = text.slice(text.indexOf('\n\n')).trim();
    expect(own.length).toBeGreaterThan(300);
    expect(declarations).toContain(own);
  });

  it.each([
    ['Trainer', trainer, ['TrainerError', 'createTrainer', 'createTrainerWorker', 'network']],
    ['Predictor', predictor, ['TrainerError', 'createPredictor', 'network']],
  ] as const)('everything declared of a %s is exported', (_, { declarations, code }, names) => {
    const values = [...declarations.matchAll(/^export declare (?:const|function|class) (\w+)/gm)].map(
      ([, name]) => name!,
    );
    expect(values.sort()).toEqual(names);
    for (const name of values) expect(code).toMatch(new RegExp(`^export (const|function) ${name}\\b`, 'm'));
  });
});
