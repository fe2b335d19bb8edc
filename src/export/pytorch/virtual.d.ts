/** The Python of `src/export/pytorch/python`, put together by `scripts/runtime-plugin.mjs`. */
declare module 'cnnc:pytorch' {
  /** Functions of which a file has those that it uses: two blank lines between them. */
  export const helperText: string;
  /** The other files, by name. */
  export const pythonParts: Readonly<Record<string, string>>;
}
