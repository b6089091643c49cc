import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { compileFunction } from 'node:vm'
import type { Environment } from 'minijinja-js'

/** One copy of the template engine with a memory of its own. */
export interface WasmInstance {
  createEnvironment(): Environment
  /** Bytes its memory takes; it grows and never shrinks. */
  memoryBytes(): number
  /** What the engine said when it last panicked; undefined when it did not. */
  lastPanic(): string | undefined
}

interface MinijinjaModule {
  readonly Environment: new () => Environment
  readonly __wasm: { readonly memory: WebAssembly.Memory }
}

const PAGE_BYTES = 65_536
/**
 * WebAssembly, binary format: sections begin behind magic and version; the fifth kind describes
 * memory.
 */
const HEADER_BYTES = 8
const MEMORY_SECTION = 5
const require = createRequire(import.meta.url)

/**
 * Loads a fresh copy of minijinja-js, in some 5 ms.
 *
 * The package itself has one copy per process, whose memory may grow to 4 GiB, is never given back,
 * and is unusable after a panic. So its module is run once more for each copy, with a cap written
 * into the WebAssembly binary: a template that eats memory ends in an error, and a broken copy is
 * thrown away.
 */
export function loadWasmInstance(limits: { readonly memoryBytesMax: number }): WasmInstance {
  const file = require.resolve('minijinja-js')
  const module = { exports: {} as MinijinjaModule }
  let panic: string | undefined
  const names = ['module', 'exports', 'require', '__dirname', 'console']
  const run = compileFunction(readFileSync(file, 'utf8'), names, { filename: file })
  const pages = Math.floor(limits.memoryBytesMax / PAGE_BYTES)
  const files = { readFileSync: (path: string) => withMemoryCap(readFileSync(path), pages) }
  const requireFor = (name: string): unknown => (name === 'fs' ? files : require(name))
  const console = { error: (message: string) => (panic = message.split('\n\nStack')[0]) }
  run(module, module.exports, requireFor, dirname(file), console)
  const { Environment, __wasm } = module.exports
  return {
    createEnvironment: () => {
      const environment = new Environment()
      reportPanics(environment)
      return environment
    },
    memoryBytes: () => __wasm.memory.buffer.byteLength,
    lastPanic: () => panic,
  }
}

/** The engine begins to report panics with the first error it has made. */
function reportPanics(environment: Environment): void {
  try {
    environment.evalExpr('(', {})
  } catch {
    // The error that was wanted.
  }
}

/** Writes a maximum into a module's memory section. */
function withMemoryCap(binary: Uint8Array, pages: number): Uint8Array {
  for (let at = HEADER_BYTES; at < binary.length; ) {
    const size = readNumber(binary, at + 1)
    const end = size.next + size.value
    if (binary[at] === MEMORY_SECTION) {
      const [flagsAt] = [readNumber(binary, size.next).next]
      const initialPages = readNumber(binary, flagsAt + 1).value
      const content = [1, 1, ...writeNumber(initialPages), ...writeNumber(pages)]
      const section = [MEMORY_SECTION, ...writeNumber(content.length), ...content]
      return Buffer.concat([binary.subarray(0, at), Uint8Array.from(section), binary.subarray(end)])
    }
    at = end
  }
  throw new Error('Cannot limit the memory of the template engine: its module has no memory')
}

/** Unsigned LEB128, as WebAssembly writes numbers. */
function readNumber(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0
  let next = at
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[next] ?? 0
    next += 1
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return { value: value >>> 0, next }
  }
}

function writeNumber(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...writeNumber(value >>> 7)]
}
