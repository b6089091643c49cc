import { Refusal } from '../../base/refusal.ts'

/** Not there, or not to be seen: the client cannot tell which. */
const absent = new Set([
  'ENOENT',
  'ENOTDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'ENXIO',
  'ENODEV',
  'EISDIR',
  'EINVAL',
])

/** True when an error of the file system says that no file is there. */
export function isAbsence(error: unknown): boolean {
  return absent.has((error as NodeJS.ErrnoException).code ?? '')
}

/**
 * What a client is told when the file system fails: `ACCESS_DENIED` when it denies, else
 * `GENERATOR_FAILED`. Never "not found": too many open files today do not make a device's
 * configuration go away.
 *
 * @param name - The file, for the journal.
 */
export function readFailure(error: unknown, name: string): Refusal {
  if (error instanceof Refusal) return error
  const { code = '' } = error as NodeJS.ErrnoException
  const isDenied = code === 'EACCES' || code === 'EPERM'
  const reason = error instanceof Error ? error.message : String(error)
  return new Refusal(
    isDenied ? 'ACCESS_DENIED' : 'GENERATOR_FAILED',
    `Cannot read "${name}": ${reason}`,
    { wireMessage: isDenied ? 'Access denied' : 'The file cannot be read now', cause: error },
  )
}
