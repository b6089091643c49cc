import { execFile } from 'node:child_process'
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { type TemporaryFolder, temporaryFolder } from '../../src/testing/temporary-folder.ts'

/** This checkout. */
export const root = resolve(import.meta.dirname, '../..')

/** Writes a small tree: relative path → text. */
export async function plantTree(files: Readonly<Record<string, string>>): Promise<TemporaryFolder> {
  const folder = await temporaryFolder()
  for (const [file, text] of Object.entries(files)) await plant(folder, file, text)
  return folder
}

/** Writes one file into a tree. */
export async function plant(folder: TemporaryFolder, file: string, text: string): Promise<void> {
  const path = join(folder.path, file)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

/** Copies this checkout as a reader would have it, with the packages it has. */
export async function copyCheckout(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder()
  const left = new Set(['node_modules', '.git', '.trivet', 'dist', 'build'])
  await cp(root, folder.path, {
    recursive: true,
    filter: (path) => !left.has(basename(path)),
  })
  await symlink(join(root, 'node_modules'), join(folder.path, 'node_modules'))
  return folder
}

/** How a tool ended and what it said. */
export interface ToolResult {
  readonly status: number
  readonly output: string
}

/** Runs one of `tools/` to its end, as a person would: not as part of this test. */
export function runTool(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ToolResult> {
  const env = { ...process.env, ...environment }
  delete env['NODE_TEST_CONTEXT']
  return new Promise((done) => {
    execFile(process.execPath, [...args], { cwd: root, env }, (error, stdout, stderr) => {
      done({ status: error ? Number(error.code) : 0, output: stdout + stderr })
    })
  })
}
