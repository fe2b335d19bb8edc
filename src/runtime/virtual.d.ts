/** The bundled text of `src/runtime/entry.ts`, made by `runtime-plugin.mjs`; evaluating it defines `cnncRuntime`. */
declare module 'cnnc:runtime' {
  export const runtimeSource: string;
  export const runtimeSourceMinified: string;
}
