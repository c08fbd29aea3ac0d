import { DeviceError } from '../errors.ts';

/** gpu.js's modes, best first. */
export const gpuModes = ['webgpu', 'webgl2', 'headlessgl', 'webasm', 'cpu'] as const;
export type GpuMode = (typeof gpuModes)[number];

/** Values that stay on the graphics device. */
export interface GpuHandle {
  /** [x], [x, y] or [x, y, z] of the kernel that made it. */
  readonly output: readonly number[];
  toArray(): NestedFloats | Promise<NestedFloats>;
  delete(): void;
}

export type NestedFloats = Float32Array | readonly NestedFloats[];
export type GpuArgument = Float32Array | GpuHandle;
export type GpuResult = NestedFloats | GpuHandle;

/** What is used of a gpu.js kernel. From its version 3 on every call gives a Promise. */
export interface CompiledKernel {
  (...inputs: GpuArgument[]): GpuResult | Promise<GpuResult>;
  /** The kernel behind the call: another one, of another class, once gpu.js fell back. */
  readonly kernel: { readonly constructor: unknown; readonly fallbackReason?: string | null };
  destroy(): void;
}

/** What is used of gpu.js; its own typings describe a mode-independent subset. */
export interface GpuLibrary {
  /** The class of kernels of the mode. */
  readonly Kernel: unknown;
  createKernel(source: string, settings: Record<string, unknown>): CompiledKernel;
  destroy(): Promise<void>;
}

interface GpuClass {
  new (settings: { mode: GpuMode }): GpuLibrary;
  readonly isWebGL2Supported: boolean;
  readonly isHeadlessGLSupported: boolean;
  readonly isWebAssemblySupported: boolean;
  isWebGPUAvailable(): Promise<boolean>;
}

/** gpu.js is large: it is loaded when the first such device is opened. */
async function loadGpuClass(): Promise<GpuClass> {
  const module: unknown = await import('gpu.js');
  const { GPU, default: fallback } = module as { GPU?: GpuClass; default?: GpuClass & { GPU?: GpuClass } };
  const found = GPU ?? fallback?.GPU ?? fallback;
  if (!found) throw new DeviceError('gpu.js was loaded but has no GPU class; is another package called gpu.js?');
  return found;
}

const inNode = (): boolean => typeof process === 'object' && process.versions?.node !== undefined;

/** Node has no `navigator.gpu`: the optional package `webgpu` brings one, gpu.js looks for it there. */
async function provideNodeWebGpu(): Promise<void> {
  if (!inNode() || (globalThis.navigator as { gpu?: unknown } | undefined)?.gpu) return;
  const name = 'webgpu'; // a variable, so that bundlers leave this optional package alone
  const found = (await import(/* webpackIgnore: true */ /* @vite-ignore */ name).catch(() => ({}))) as {
    create?: (flags: string[]) => unknown;
    globals?: Record<string, unknown>;
  };
  if (!found.create) return;
  Object.assign(globalThis, found.globals);
  const gpu = found.create([]);
  if (globalThis.navigator) Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  else Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
}

const hints: Readonly<Record<GpuMode, () => string>> = {
  webgpu: () =>
    inNode()
      ? 'Node has no WebGPU of its own: `npm i --no-save webgpu@0.6.2` brings one (without a graphics card, set VK_ICD_FILENAMES to a software Vulkan driver)'
      : 'this page has no WebGPU adapter: use a recent Chromium, or start it with --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader',
  webgl2: () =>
    inNode() ? 'webgl2 needs a browser; in Node use gpu:headlessgl' : 'this page cannot make a WebGL2 context',
  headlessgl: () =>
    inNode()
      ? '`npm i --no-save gl@9.0.0-rc.10` and run under an X server (`xvfb-run -a ...`)'
      : 'headlessgl is for Node; in a page use gpu:webgl2',
  webasm: () => 'this engine has no WebAssembly',
  cpu: () => 'it should run everywhere',
};

/** Why a mode does not run here and what to do about it. */
export const unavailable = (mode: GpuMode, reason = 'is not available here'): DeviceError =>
  new DeviceError(`gpu:${mode} ${reason}: ${hints[mode]()}`);

/** @throws DeviceError when gpu.js has no such mode here */
export async function openLibrary(mode: GpuMode): Promise<GpuLibrary> {
  if (mode === 'webgpu') await provideNodeWebGpu();
  const Gpu = await loadGpuClass();
  const supported: Record<GpuMode, () => boolean | Promise<boolean>> = {
    webgpu: () => Gpu.isWebGPUAvailable(),
    webgl2: () => Gpu.isWebGL2Supported,
    headlessgl: () => Gpu.isHeadlessGLSupported,
    webasm: () => Gpu.isWebAssemblySupported,
    cpu: () => true,
  };
  if (!(await supported[mode]())) throw unavailable(mode);
  return new Gpu({ mode });
}

/** A webasm kernel owns a WASM memory, of which a page gets about 125; other kernels are small. */
export const usualKernelLimit = (mode: GpuMode): number => (mode === 'webasm' && !inNode() ? 112 : 512);

/** Tells whether a page offers WebGPU on a real graphics processor: software adapters are slower than simd. */
export async function hasHardwareWebGpu(): Promise<boolean> {
  if (inNode()) return false;
  type Info = Partial<Record<'vendor' | 'architecture' | 'device' | 'description', string>>;
  type Adapter = { isFallbackAdapter?: boolean; info?: Info & { isFallbackAdapter?: boolean } };
  const gpu = (globalThis.navigator as { gpu?: { requestAdapter(): Promise<Adapter | null> } } | undefined)?.gpu;
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (!adapter || adapter.isFallbackAdapter || adapter.info?.isFallbackAdapter) return false;
  const { vendor, architecture, device, description } = adapter.info ?? {};
  const told = [vendor, architecture, device, description].join(' ');
  return !/swiftshader|llvmpipe|lavapipe|software|basic render/i.test(told);
}
