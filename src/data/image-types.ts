/** @file How images are handed over but as arrays. Declarations of modules have this text. */

/** Pixels of a web page: an ImageData or a canvas of the size of the input, made grey or RGB as the input is. */
export type Picture =
  | { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray | Uint8Array }
  | { readonly width: number; readonly height: number; getContext(kind: '2d'): unknown };
