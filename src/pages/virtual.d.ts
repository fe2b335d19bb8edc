/** Made by `scripts/runtime-plugin.mjs`. */
declare module 'cnnc:pages' {
  /** The bundled text of `src/pages/report/main.ts`, for browsers, with the licences of what it contains. */
  export const reportScript: string;
  /** That of `src/pages/run/main.ts`. */
  export const runScript: string;
}
