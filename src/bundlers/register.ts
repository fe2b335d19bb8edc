/** @file `node --import cnnc/register app.mjs`: Node imports `.cnn` files as modules that train. */
import { register } from 'node:module';

register('./loader.js', import.meta.url);
