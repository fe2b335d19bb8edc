/** @file How images are handed over but as arrays. Declarations of modules have this text. */

/** Pixels of a web page: an ImageData or a canvas of the size of the input, made grey or RGB as the input is. */
export type Picture =
  | { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray | Uint8Array }
  | { readonly width: number; readonly height: number; getContext(kind: '2d'): unknown };

/** Images that are read when a step needs them, since all of them would not fit into memory. */
export interface ImageSource {
  /**
   * Writes the images of these numbers, one after the other, C x H x W bytes each. Those that cannot be read are left out of
   * the batch: their places among `indices` are returned, if there are any.
   */
  read(indices: Int32Array, into: Uint8Array): Promise<readonly number[] | undefined>;
}
