import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts'

/** A temporary folder with files by name; a name that ends with a slash is an empty folder. */
export async function writtenFolder(
  files: Readonly<Record<string, string>>,
): Promise<TemporaryFolder> {
  const folder = await temporaryFolder()
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder.path, name)
    await mkdir(name.endsWith('/') ? path : dirname(path), { recursive: true })
    if (!name.endsWith('/')) await writeFile(path, text)
  }
  return folder
}
