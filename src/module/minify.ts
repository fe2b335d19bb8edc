/** esbuild is a program for Node. Bundlers for the browser leave it out, since its name is not a literal. */
export async function minify(code: string): Promise<string> {
  const minifier = 'esbuild';
  const { transform }: typeof import('esbuild') = await import(/* webpackIgnore: true */ /* @vite-ignore */ minifier);
  return (await transform(code, { minify: true, format: 'esm', target: 'es2022', legalComments: 'inline' })).code;
}
