/** @file What plugins are told. */
export interface PluginOptions {
  /** Write `net.cnn.d.ts` beside `net.cnn`; true unless given. */
  readonly types?: boolean;
}
