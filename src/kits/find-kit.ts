import { distance } from 'fastest-levenshtein'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KIT_FILE, type Kit, readKit } from './read-kit.ts'

/** The kits of this program: beside `src` in a checkout, beside `dist` when installed. */
const kitsFolder = fileURLToPath(new URL('../../kits', import.meta.url))

/** There is no kit of that name. */
export class UnknownKitError extends Error {
  override readonly name = 'UnknownKitError'
}

/** Names of the kits, in the order of letters. */
export async function kitNames(): Promise<readonly string[]> {
  const entries = await readdir(kitsFolder, { withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isDirectory() && existsSync(join(kitsFolder, entry.name, KIT_FILE)))
    .map(({ name }) => name)
    .toSorted()
}

/**
 * Finds a kit: one of this program by its name, or a folder with a `kit.yaml` by its path.
 *
 * @throws {UnknownKitError} When there is none; says which was probably meant.
 * @throws {ConfigError} When there is one that cannot be used.
 */
export async function findKit(nameOrFolder: string): Promise<Kit> {
  const names = await kitNames()
  if (names.includes(nameOrFolder)) return readKit(join(kitsFolder, nameOrFolder))
  if (existsSync(join(nameOrFolder, KIT_FILE))) return readKit(nameOrFolder)
  const near = nearest(nameOrFolder, names)
  const hint = near === undefined ? '' : `: did you mean "${near}"?`
  throw new UnknownKitError(`There is no kit "${nameOrFolder}"${hint} (${names.join(', ')})`)
}

/** The one that differs in a third of the letters or less, or that the text is a part of. */
function nearest(text: string, names: readonly string[]): string | undefined {
  const asked = text.toLowerCase()
  const [best] = names
    .map((name) => ({ name, letters: distance(asked, name) }))
    .toSorted((one, other) => one.letters - other.letters)
  if (best !== undefined && best.letters <= Math.max(1, best.name.length / 3)) return best.name
  return asked.length < 3 ? undefined : names.find((name) => name.includes(asked))
}
