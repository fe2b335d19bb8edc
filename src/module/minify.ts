/** Kernels in JavaScript name functions of `Math` again and again; one that is bound once is a letter or two. */
const BOUND = 'cnncMath_';

/** A call of a function of `Math`. */
const CALLED = /\bMath\.([a-z]\w*)(?=\()/g;

/** The text with those functions bound at its beginning that are called often enough for that to be shorter. */
function bindMath(code: string): { text: string; define: Record<string, string> } {
  const calls = [...code.matchAll(CALLED)].map(([, name]) => name!);
  const often = [...new Set(calls)].filter((name) => calls.filter((one) => one === name).length > 4);
  if (often.length === 0) return { text: code, define: {} };
  const bindings = often.map((name) => `${name}: ${BOUND}${name}`).join(', ');
  const define = Object.fromEntries(often.map((name) => [`Math.${name}`, `${BOUND}${name}`]));
  return { text: `const { ${bindings} } = Math;\n${code}`, define };
}

/** esbuild is a program for Node. Bundlers for the browser leave it out, since its name is not a literal. */
export async function minify(code: string): Promise<string> {
  const minifier = 'esbuild';
  const { transform }: typeof import('esbuild') = await import(/* webpackIgnore: true */ /* @vite-ignore */ minifier);
  const { text, define } = bindMath(code);
  const options = { minify: true, format: 'esm', target: 'es2022', legalComments: 'inline', define } as const;
  return (await transform(text, options)).code;
}
