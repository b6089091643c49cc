/** Exit statuses of the commands. */
export const ExitStatus = {
  done: 0,
  /** Refused by the server; or the site has problems; or no route takes the name. */
  refused: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** Nobody answered. */
  noAnswer: 3,
  /** A local file could not be read or written. */
  localFile: 4,
} as const

/** Ends a command with a message for people and an exit status. */
export class CommandError extends Error {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.name = 'CommandError'
    this.status = status
  }
}
