/** The texts of `src/library`, by what is written behind `from`; put together by `scripts/runtime-plugin.mjs`. */
declare module 'cnnc:library' {
  export const library: Readonly<Record<string, string>>;
}
