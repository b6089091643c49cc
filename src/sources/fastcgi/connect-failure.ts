import { Refusal, type RefusalCode } from '../../base/refusal.ts'

/** What kept a connection from being there, for the journal, by the system's code. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection: is it running?',
  ENOENT: 'has no socket there: is it running?',
  EACCES:
    'may not be asked: the user of this server must be allowed to write to its socket ' +
    '(PHP-FPM: listen.owner, listen.group)',
  ENOTFOUND: 'was not found: no address for that host name',
}

/**
 * Turns what kept a connection from being there into what the journal and the device are told.
 *
 * @param title - How messages begin: `Cannot generate /a.cfg: the FastCGI application at /run/a`.
 */
export function connectFailure(
  title: string,
  error: unknown,
  { connectMs }: { readonly connectMs: number },
): Refusal {
  const { code = '', message } = error as NodeJS.ErrnoException
  // A Unix socket says this when as many connections wait as its backlog takes.
  if (code === 'EAGAIN') return refusal('BUSY', `${title} lets too many connections wait`, error)
  const what =
    code === 'ETIMEDOUT'
      ? `did not accept a connection within ${connectMs} ms`
      : (reasons[code] ?? `cannot be reached: ${message}`)
  return refusal('GENERATOR_FAILED', `${title} ${what}`, error)
}

function refusal(code: RefusalCode, message: string, cause: unknown): Refusal {
  const wireMessage = code === 'BUSY' ? 'The server is busy' : 'The file could not be made'
  return new Refusal(code, message, { wireMessage, cause })
}
