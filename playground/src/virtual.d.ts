/** Made by `scripts/playground.mjs`. */
declare module 'cnnc:gallery' {
  export interface GalleryEntry {
    readonly group: 'Examples' | 'Zoo';
    /** Of the file, without its ending. */
    readonly name: string;
    readonly text: string;
  }
  export const gallery: readonly GalleryEntry[];
}

/** Made by `scripts/playground.mjs`. */
declare module 'cnnc:try-it' {
  /** The bundled text of `take/try-it.ts`. */
  export const tryItScript: string;
}
