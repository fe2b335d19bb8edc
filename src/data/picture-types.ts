/** @file How images are handed over to a predictor that takes pictures of any size. Its declarations have this text. */

/**
 * Pixels of a web page, of any size: an ImageData, ImageBitmap, canvas, picture or frame of a video. They are resized as those that the
 * network was trained with, what is transparent has the colour of the background, and they are made grey or RGB as the input is.
 */
export type Picture =
  | { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray | Uint8Array }
  | { readonly width: number; readonly height: number; getContext(kind: '2d'): unknown }
  | { readonly width: number; readonly height: number; close(): void }
  | { readonly naturalWidth: number; readonly naturalHeight: number; decode(): Promise<void> }
  | { readonly videoWidth: number; readonly videoHeight: number; play(): Promise<void> };
