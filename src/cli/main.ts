#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// Halves the time to start, and spares the memory of the compiler, from the second run on.
enableCompileCache()

const { buildProgram } = await import('./program.ts')
await buildProgram().parseAsync()
