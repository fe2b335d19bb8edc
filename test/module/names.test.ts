/**
 * @file Names that mean something to JavaScript, to objects, or to the language itself, in every place where a program
 * may choose one: what is built with them says the same as what is built with ordinary names.
 */
import { describe, expect, test } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import { literal } from '../../src/module/literal.ts';
import { importModule } from '../support/load-module.ts';

const inherited = ['constructor', 'toString', 'hasOwnProperty', '__defineGetter__'];
const reserved = ['class', 'function', 'await', 'arguments', 'memory'];
const ours = ['_', '__', 'loss', 'accuracy', 'velocity', 'x1'];
const names = [...inherited, ...reserved, ...ours];
/** For places that have little to do with each other. */
const few = ['constructor', 'toString', 'class', '_', 'loss', 'accuracy'];

/** Programs that together have a place for a name of every kind. */
const programs: Readonly<Record<string, (name: string) => string>> = {
  'input, metric, layer, path, parameters and axes': (name) => `
op scale(x[${name}, h, w], q[${name}]) -> y[${name}, h, w] = x[${name}, h, w] * q[${name}] * (1 + 0 * ${name})
op times(x[c, h, w], ${name} = 3) -> y[c, h, w] = x[c, h, w] * ${name}
fn plus(a, ${name} = 1) = a + ${name}
block Inner(${name}) { return in -> fc: dense(${name}) }
network N {
  input ${name}: [1, 4, 4]
  target t: class(3)
  a = ${name} -> scale -> times -> plus -> "${name}": dense(4) -> relu -> "a.${name}": dense(3)
  b = ${name} -> times(${name}: 2) -> plus(${name}: 2) -> Inner(3)
  loss crossentropy(a + b, t)
  metric ${name === 'loss' ? 'other' : name} = topk(a + b, t, 2)
  metric recall(a, t)
  output a
}`,
  'target, binding and block': (name) => `
block ${name}(n) { return in -> fc: dense(n) }
network N {
  input image: [1, 4, 4]
  target t: class(3)
  y = image -> ${name}(4) -> ${name}: ${name}(3)
  loss crossentropy(y, t)
  output y
}`,
  'target and layer': (name) => `
network N(${name === 't' ? 'u' : 'n'} = 3) {
  input image: [1, 4, 4]
  target ${name}: class(n)
  y = image -> dense(3)
  loss crossentropy(y, ${name})
  output y
}`,
  'output and constant': (name) => `
network N(${name} = 3) {
  input image: [1, 4, 4]
  target t: class(${name})
  y = image -> dense(3)
  loss crossentropy(y, t)
  output y
}`,
  'named output': (name) => `
network N {
  input image: [1, 4, 4]
  target t: class(3)
  y = image -> dense(3)
  loss crossentropy(y, t)
  output y
  output ${name === 'y' ? 'z' : name} = softmax(y)
}`,
};

const images = Float32Array.from({ length: 5 * 16 }, (_, k) => Math.sin(k));
const labels = Int32Array.of(0, 1, 2, 0, 1);

/** What a module says after two steps, with the name in question called \`NAME\`. */
async function behaviour(text: string, name: string, target: 'js' | 'wasm') {
  const { elaboration, diagnostics } = compileSource(text, 'a.cnn');
  if (!elaboration) return diagnostics.map(({ code }) => code);
  const { code } = await emitModule(elaboration, { target, maxBatch: 8 });
  const { createTrainer } = await importModule(code);
  const trainer = await createTrainer();
  // Initial values depend on names.
  for (const { data } of trainer.parameters.values()) data.set(data.map((_, k) => Math.cos(3 * k)));
  const batch = { images, labels };
  await trainer.step(batch);
  const result = await trainer.evaluate(batch);
  const saved = trainer.save();
  trainer.load(saved);
  const outputs = [...(await trainer.predictAll(images)).entries()].map(([key, values]) => [other(key), [...values]]);
  const parameters = [...trainer.parameters.keys()].map((key) => key.split('.').map(other).join('.'));
  trainer.dispose();
  function other(key: string) {
    return key === name ? 'NAME' : key;
  }
  const metrics = [result.correct, ...Object.values(result.metrics ?? {})].filter((value) => value !== undefined);
  return { loss: result.loss, metrics: name === 'accuracy' ? undefined : metrics, outputs, parameters };
}

describe.each(Object.entries(programs))('%s', (_, program) => {
  const tried = program === Object.values(programs)[0] ? names : few;

  test('mean the same under every name', async () => {
    const usual = await behaviour(program('ordinary'), 'ordinary', 'js');
    expect(usual).toHaveProperty('loss');
    for (const name of tried) {
      const found = await behaviour(program(name), name, 'js');
      expect({ name, found }).toEqual({ name, found: name === 'accuracy' ? { ...usual, metrics: undefined } : usual });
    }
  });
});

test('the other target holds them too', async () => {
  const program = Object.values(programs)[0]!;
  const usual = await behaviour(program('ordinary'), 'ordinary', 'wasm');
  for (const name of ['_', 'toString', 'loss']) expect(await behaviour(program(name), name, 'wasm')).toEqual(usual);
});

test('`__proto__` is a reserved word in every place', () => {
  for (const program of Object.values(programs)) {
    const { diagnostics } = compileSource(program('__proto__'), 'a.cnn');
    expect(diagnostics.map(({ code }) => code)).toContain('CNN1025');
  }
});

const layered = (layers: string) => `network N {
  input image: [1, 4, 4]
  target t: class(3)
  ${layers}
  loss crossentropy(y, t)
  metric accuracy(y, t)
  output y
}`;
const parametersOf = (layers: string) =>
  compileSource(layered(layers), 'a.cnn').elaboration?.states.map(({ name }) => name);
const codesOf = (layers: string) => compileSource(layered(layers), 'a.cnn').diagnostics.map(({ code }) => code);

test('layers called as the loss or a metric have the very names', () => {
  expect(parametersOf('y = image -> loss: dense(4) -> "accuracy": dense(3)')).toEqual([
    'loss.weight',
    'loss.bias',
    'accuracy.weight',
    'accuracy.bias',
  ]);
});

test('no parameter is called as the state of an optimiser', () => {
  expect(codesOf('y = image -> "fc": dense(4) -> "optimizer.velocity.fc": dense(3)')).toEqual(['CNN2044']);
  expect(codesOf('y = image -> optimizer: dense(3)')).toEqual(['CNN2044']);
  expect(codesOf('y = image -> "optimizers.fc": dense(3)')).toEqual([]);
  expect(codesOf('y = image -> "optimizer": relu -> dense(3)')).toEqual([]);
});

test('texts in a module end no script and no line', async () => {
  const hostile = '</script><script>alert(1)</script>\u2028\u2029';
  expect(literal({ hostile })).not.toMatch(/[<\u2028\u2029]/);
  expect(JSON.parse(literal({ hostile }))).toEqual({ hostile });
  const text = `${layered('y = image -> dense(3)')}\ntrain N { data mnist("${hostile}") }`;
  const { code } = await emitModule(compileSource(text, 'a.cnn').elaboration!, { target: 'js' });
  expect(code).toContain('\\u003c/script>');
  expect(code).not.toMatch(/<\/?script|\u2028|\u2029/);
});
