/** @file The package `webgpu` in this process, which is no dependency: it lies in the folder that `WEBGPU` names. */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Gpu, GpuAdapter, GpuDevice } from '../../src/runtime/gpu.ts';

export interface NodeCard {
  readonly gpu: Gpu;
  readonly adapter: GpuAdapter;
  readonly device: GpuDevice;
}

/** The package frees what hangs on these when they are collected. */
const kept: unknown[] = [];

export async function openInNode(folder: string): Promise<NodeCard> {
  const entry = createRequire(resolve(folder, 'package.json')).resolve('webgpu');
  const { create } = await import(/* @vite-ignore */ pathToFileURL(entry).href);
  const gpu: Gpu = create([]);
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error('the package `webgpu` finds no adapter');
  const device = await adapter.requestDevice();
  kept.push(gpu, adapter);
  return { gpu, adapter, device };
}
