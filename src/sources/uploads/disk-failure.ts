import { Refusal } from '../../base/refusal.ts'

/** No room: on the disk, in the file system's quota, or for a file of this size. */
const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
/** Also a link, or a file where a folder is needed. */
const denied = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENAMETOOLONG'])
const absent = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'])

/** True when an error of the file system says that nothing is there. */
export function isAbsence(error: unknown): boolean {
  return absent.has(codeOf(error))
}

/**
 * What a client is told when an upload cannot be kept: `STORAGE_FULL` when there is no room,
 * `ACCESS_DENIED` when the system denies it, else `GENERATOR_FAILED`. What is
 * no error of the file system stays what it is.
 *
 * @param name - The file, for the journal.
 */
export function diskFailure(error: unknown, name: string): Error {
  const code = codeOf(error)
  if (error instanceof Error && code === '') return error
  const reason = error instanceof Error ? error.message : String(error)
  const message = `Cannot keep "${name}": ${reason}`
  if (full.has(code)) {
    return new Refusal('STORAGE_FULL', message, { wireMessage: 'The disk is full', cause: error })
  }
  if (denied.has(code)) {
    return new Refusal('ACCESS_DENIED', message, { wireMessage: 'Access denied', cause: error })
  }
  const wireMessage = 'The file cannot be kept now'
  return new Refusal('GENERATOR_FAILED', message, { wireMessage, cause: error })
}

function codeOf(error: unknown): string {
  if (error instanceof Refusal) return ''
  return (error as NodeJS.ErrnoException | undefined)?.code ?? ''
}
