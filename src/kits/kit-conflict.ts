/** Kits that cannot be in one site; the message has a line for each reason. */
export class KitConflictError extends Error {
  override readonly name = 'KitConflictError'

  constructor(conflicts: readonly string[]) {
    super(conflicts.join('\n'))
  }
}
