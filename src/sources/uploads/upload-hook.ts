import pLimit from 'p-limit'
import {
  declineResponse,
  isDeclined,
  type RequestContext,
  type Source,
} from '../../routing/source.ts'
import { keptStream } from './kept-stream.ts'
import type { KeptFile } from './upload-store.ts'

/** Hooks of one route that run at once. */
const RUNNING_MAX = 4
/** Hooks that wait for their turn; more are left out. */
const WAITING_MAX = 1000
/** How long the device waits for its hook before it hears that the file is kept, in ms. */
const DEVICE_WAITS_MS = 1000

/** A file that was just kept. */
export interface KeptUpload {
  readonly name: string
  readonly versionNumber: number
  readonly request: Request
  readonly context: RequestContext
  /** Undefined when it has gone again. */
  readonly open: () => Promise<KeptFile | undefined>
}

/** Tells another source of each upload, once it is kept. What comes of it undoes nothing. */
export class UploadHook {
  readonly #source: Source
  readonly #warn: (message: string) => void
  readonly #limit = pLimit(RUNNING_MAX)
  readonly #running = new Set<Promise<unknown>>()

  constructor(source: Source, warn: (message: string) => void) {
    this.#source = source
    this.#warn = warn
  }

  /**
   * Runs the hook. A failure is noted with the upload if it comes soon enough, else in the log.
   *
   * @returns When the device may be told that its file is kept.
   */
  async run(upload: KeptUpload): Promise<void> {
    const { name, context } = upload
    if (this.#limit.pendingCount >= WAITING_MAX) {
      context.note(`onUpload was left out: ${WAITING_MAX} wait already`)
      return
    }
    let isLate = false
    const say = (text: string): void => {
      if (isLate) this.#warn(`"${name}": ${text}`)
      else context.note(text)
    }
    const work = this.#limit(() => this.#call(upload)).then(
      (problem) => problem === undefined || say(`onUpload ${problem}`),
      (error: unknown) => say(`onUpload failed: ${messageOf(error)}`),
    )
    this.#running.add(work)
    void work.finally(() => this.#running.delete(work))
    isLate = !(await isDoneWithin(work, DEVICE_WAITS_MS))
    if (isLate) context.note('onUpload still runs')
  }

  /** Resolves when none runs any more. */
  async drained(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  /** @returns What is wrong, in half a sentence. */
  async #call(upload: KeptUpload): Promise<string | undefined> {
    const file = await upload.open()
    if (file === undefined) return 'was left out: a newer upload has taken its place'
    const { deadlineMs } = upload.context
    const signal = AbortSignal.timeout(deadlineMs)
    try {
      const request = requestFor(upload, file)
      const asked = (async () => this.#source(request, contextFor(upload, file, signal)))()
      const response = await Promise.race([asked, aborted(signal, deadlineMs)])
      await response.body?.cancel()
      if (isDeclined(response)) return 'declined it'
      return response.ok ? undefined : `answered ${response.status}`
    } finally {
      await file.handle.close().catch(() => {
        // The source has read it to its end, which closes it.
      })
    }
  }
}

function requestFor({ request, name, versionNumber }: KeptUpload, file: KeptFile): Request {
  const type = request.headers.get('content-type')
  const headers = new Headers({
    'content-length': String(file.bytes),
    'x-trivet-upload-name': encodeURI(name),
    'x-trivet-upload-version': String(versionNumber),
    ...(type === null ? {} : { 'content-type': type }),
  })
  const init = { method: 'PUT', headers, body: keptStream(file), duplex: 'half' }
  return new Request(request.url.replace(/^tftp:/, 'http:'), init)
}

function contextFor(
  { context }: KeptUpload,
  { bytes }: KeptFile,
  signal: AbortSignal,
): RequestContext {
  const { id, front, clientAddress, clientPort, localAddress, localPort, protocol } = context
  const { tftpOptions, tftpMode, path, params, device, deadlineMs } = context
  return {
    id,
    front,
    clientAddress,
    clientPort,
    localAddress,
    localPort,
    protocol,
    tftpOptions,
    ...(tftpMode === undefined ? {} : { tftpMode }),
    path,
    params,
    device,
    uploadBytes: bytes,
    signal,
    deadlineMs,
    decline: declineResponse,
    madeFrom: () => {},
    note: (text) => context.note(text),
  }
}

function aborted(signal: AbortSignal, deadlineMs: number): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new Error(`it was not done after ${deadlineMs} ms`))
    signal.addEventListener('abort', fail, { once: true })
  })
}

/** @param work - Never rejects. */
async function isDoneWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  const done = work.then(() => true)
  try {
    return await Promise.race([done, late])
  } finally {
    clearTimeout(timer)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
