import { dirname } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'

/** How often it is looked though nothing was reported, in ms: some file systems report nothing. */
const LOOK_MS = 1000
/** The least time between two looks, in ms: DHCP servers write some hundred times a second. */
const GAP_MS = 50
/** A look takes at most this part of the time. */
const GAP_SHARE = 20

/**
 * Files that somebody else writes: followed as they are appended to, replaced, truncated, made and
 * removed. The first change after some rest is looked at immediately.
 */
export class FollowedFiles {
  readonly #look: () => Promise<void>
  readonly #watcher: FSWatcher
  readonly #interval: NodeJS.Timeout
  #running: Promise<void> | undefined
  #pending: NodeJS.Timeout | undefined
  #isAsked = false
  #isClosed = false
  #restUntil = 0

  /** @param look - Reads what has changed. Called once at a time; must not reject. */
  constructor(paths: readonly string[], look: () => Promise<void>) {
    this.#look = look
    const folders = new Set(paths.map((path) => dirname(path)))
    const watched = new Set([...paths, ...folders])
    // Folders rather than files: a file that is replaced is another one.
    this.#watcher = watch([...folders], {
      depth: 0,
      ignored: (path) => !watched.has(path),
    })
    this.#watcher.on('all', () => this.#ask())
    // Looking at intervals goes on without it.
    this.#watcher.on('error', () => {})
    this.#interval = setInterval(() => this.#ask(), LOOK_MS).unref()
  }

  /** Looks now; resolves when it is done. */
  async look(): Promise<void> {
    await this.#running
    await this.#run()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#interval)
    clearTimeout(this.#pending)
    await this.#watcher.close()
    await this.#running
  }

  #ask(): void {
    if (this.#isClosed) return
    if (this.#running !== undefined) {
      this.#isAsked = true
      return
    }
    if (this.#pending !== undefined) return
    const restMs = this.#restUntil - performance.now()
    if (restMs <= 0) void this.#run()
    else {
      this.#pending = setTimeout(() => {
        this.#pending = undefined
        void this.#run()
      }, restMs).unref()
    }
  }

  #run(): Promise<void> {
    const startedAt = performance.now()
    this.#isAsked = false
    const running = this.#look().finally(() => {
      const now = performance.now()
      this.#restUntil = now + Math.max(GAP_MS, (now - startedAt) * GAP_SHARE)
      this.#running = undefined
      if (this.#isAsked) this.#ask()
    })
    this.#running = running
    return running
  }
}
