import { stat } from 'node:fs/promises'
import type { SecureContextOptions } from 'node:tls'
import type { TlsConfig } from '../config/site.ts'
import { FollowedFiles } from '../identity/followed-files.ts'
import type { Log } from '../observe/log.ts'
import { readTlsMaterial, TlsFileError, type TlsMaterial } from './tls-material.ts'
import { keyModeWarning, validityWarning } from './tls-warnings.ts'

/** How often people are told of a certificate that ends soon, in ms: a day. */
const REMIND_MS = 86_400_000

/**
 * The files that TLS is spoken with, followed as they are replaced. What does not fit together, a
 * pair of which only one half is written yet, leaves everything as it was.
 */
export class TlsFiles {
  readonly #config: TlsConfig
  readonly #log: Log
  readonly #onChange: (context: SecureContextOptions) => void
  readonly #followed: FollowedFiles
  #material: TlsMaterial
  #stamp: string
  #warnedAt = -Infinity

  /**
   * @param onChange - Called when the files have become others that fit together.
   * @throws {TlsFileError} When they do not at the start.
   */
  static async open(
    config: TlsConfig,
    { log, onChange }: { log: Log; onChange: (context: SecureContextOptions) => void },
  ): Promise<TlsFiles> {
    // Before they are read: what changes meanwhile is seen by the first look.
    const stamp = await stampOf(config)
    const material = await readTlsMaterial(config)
    const mode = await keyModeWarning(config)
    if (mode !== undefined) log.warn(mode)
    return new TlsFiles({ config, material, stamp }, { log, onChange })
  }

  private constructor(
    { config, material, stamp }: { config: TlsConfig; material: TlsMaterial; stamp: string },
    { log, onChange }: { log: Log; onChange: (context: SecureContextOptions) => void },
  ) {
    this.#config = config
    this.#material = material
    this.#stamp = stamp
    this.#log = log
    this.#onChange = onChange
    this.#remind()
    this.#followed = new FollowedFiles(filesOf(config), () => this.#look())
  }

  /** What `tls.createSecureContext` takes. */
  get context(): SecureContextOptions {
    return this.#material.context
  }

  /** Follows them no more. */
  close(): Promise<void> {
    return this.#followed.close()
  }

  async #look(): Promise<void> {
    const stamp = await stampOf(this.#config)
    if (stamp !== this.#stamp) {
      this.#stamp = stamp
      await this.#read()
    }
    this.#remind()
  }

  async #read(): Promise<void> {
    try {
      this.#material = await readTlsMaterial(this.#config)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#log.warn(`TLS goes on with the certificate it has: ${reason}`)
      if (!(error instanceof TlsFileError)) this.#log.error({ err: error }, 'internal error')
      return
    }
    const { certificate, context } = this.#material
    const fields = { subject: certificate.subject, validTo: certificate.validTo }
    this.#onChange(context)
    this.#log.info(fields, 'TLS has a new certificate for new connections')
    this.#warnedAt = -Infinity
  }

  /** At the start, with a new certificate, and once a day. */
  #remind(): void {
    const now = Date.now()
    if (now - this.#warnedAt < REMIND_MS) return
    this.#warnedAt = now
    const warning = validityWarning(this.#config, this.#material.certificate, now)
    if (warning !== undefined) this.#log.warn(warning)
  }
}

function filesOf({ certificateFile, keyFile, clientCaFile }: TlsConfig): readonly string[] {
  return [certificateFile, keyFile, ...(clientCaFile === undefined ? [] : [clientCaFile])]
}

/** Another text whenever a file was written or replaced; links are followed. */
async function stampOf(config: TlsConfig): Promise<string> {
  const stamps = filesOf(config).map(async (file) => {
    const found = await stat(file, { bigint: true }).catch(() => undefined)
    return found && `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`
  })
  return (await Promise.all(stamps)).join('\n')
}
