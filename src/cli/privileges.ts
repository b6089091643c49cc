import { userInfo } from 'node:os'
import { CommandError, ExitStatus } from './command-error.ts'

/** The types of Node leave one out. */
const posix: typeof process & { initgroups?(user: string | number, group: number): void } = process

/**
 * The rights of root, put aside: everything is read, made and run as another user, only ports are
 * taken as root. So whatever the user cannot do fails at the start, and not when a certificate is
 * renewed.
 *
 * Changed identifiers count for all threads of the process.
 */
export class Privileges {
  readonly #user: string
  readonly #groupId: number
  readonly #userId: number

  /**
   * @param written - `user` or `user:group`, names or numbers. Without a group the user's own.
   * @throws {CommandError} When this process is not root's, or there is no such user or group.
   */
  static putAside(written: string): Privileges {
    if (process.geteuid?.() !== 0) {
      throw new CommandError(
        `Cannot become ${written}: only a process of root can, leave --user out`,
        ExitStatus.usage,
      )
    }
    try {
      return new Privileges(written)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_UNKNOWN_CREDENTIAL') throw error
      const found = `Found --user ${written}`
      const message = `${found}, the name of a user, or of one and a group (trivet:daemon), is needed`
      throw new CommandError(message, ExitStatus.usage)
    }
  }

  private constructor(written: string) {
    const [user = '', group] = written.split(':', 2)
    this.#user = user
    // Node tells of a user only who it is itself.
    process.seteuid?.(idOrName(user))
    const { uid, gid } = userInfo()
    process.seteuid?.(0)
    this.#userId = uid
    posix.initgroups?.(idOrName(user), gid)
    process.setegid?.(group === undefined ? gid : idOrName(group))
    this.#groupId = process.getegid?.() ?? gid
    process.seteuid?.(uid)
  }

  get user(): string {
    return this.#user
  }

  /** Runs what takes ports as root. Nothing else should go on meanwhile. */
  async whileBinding<T>(work: () => Promise<T>): Promise<T> {
    process.seteuid?.(0)
    try {
      return await work()
    } finally {
      process.seteuid?.(this.#userId)
    }
  }

  /** There is no way back. */
  drop(): void {
    process.seteuid?.(0)
    process.setgid?.(this.#groupId)
    process.setuid?.(this.#userId)
  }
}

function idOrName(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text
}
