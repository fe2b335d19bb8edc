/** @file Images that are not handed over at once. Declarations of modules that train have this text. */

/** Images that are read when a step needs them, since all of them would not fit into memory. */
export interface ImageSource {
  /**
   * Writes the images of these numbers, one after the other, C x H x W bytes each. Those that cannot be read are left out of
   * the batch: their places among `indices` are returned, if there are any.
   */
  read(indices: Int32Array, into: Uint8Array): Promise<readonly number[] | undefined>;
}
