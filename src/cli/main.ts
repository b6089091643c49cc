#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// Halves the time to start, and spares the memory of the compiler, from the second run on.
enableCompileCache()

const { runProgram } = await import('./program.ts')
await runProgram()
