import type { AdminParts } from '../api/admin-parts.ts'
import type { JournalFeed } from '../api/journal-feed.ts'
import type { SiteConfig } from '../config/site.ts'
import type { Log } from '../observe/log.ts'
import type { LiveInventory } from '../store/live-inventory.ts'
import type { Explainer } from './explainer.ts'
import { inventoryText } from './inventory-text.ts'
import type { ServerInventory } from './server-inventory.ts'
import { version } from './version.ts'

/** Files that one question may have made. */
const FILES_MAX = 1000

/** What of a server the administration is made of. */
export interface AdministeredServer {
  readonly site: SiteConfig
  readonly known: ServerInventory
  readonly feed: JournalFeed
  readonly log: Log
  /** The MAC of who has an address; undefined: no route asks. */
  readonly macOf: ((clientAddress: string) => string | undefined) | undefined
}

/** Joins the administration to the server. */
export function adminParts({ site, known, feed, log, macOf }: AdministeredServer): AdminParts {
  const explainers = new KeptExplainer(site, macOf)
  return {
    version,
    feed,
    text: inventoryText(async () => (await known.made()).live),
    existing: () => known.existing(),
    opened: () => known.made(),
    async explain(question) {
      return await (await explainers.of(known.live)).explain(question)
    },
    async impact(edits) {
      const { live, store } = await known.made()
      const problems = live.problemsOf(edits)
      if (problems.length > 0) return { problems, devices: [], files: nothing }
      const { impactOnFiles } = await import('./inventory-impact.ts')
      const files = await impactOnFiles({ site, live, store }, edits, { filesMax: FILES_MAX })
      return { problems, devices: live.impactOf(edits), files }
    },
    async leased(lease) {
      await known.made()
      known.identity?.event(lease)
    },
    onFailure: (error) => log.error({ err: error }, 'internal error of the administration'),
    now: () => Date.now(),
  }
}

const nothing = { compared: 0, left: 0, files: [] }

/** One explainer for all questions: its routes are built once. */
class KeptExplainer {
  readonly #site: SiteConfig
  readonly #macOf: AdministeredServer['macOf']
  #kept: Promise<Explainer> | undefined
  #live: LiveInventory | undefined

  constructor(site: SiteConfig, macOf: AdministeredServer['macOf']) {
    this.#site = site
    this.#macOf = macOf
  }

  of(live: LiveInventory | undefined): Promise<Explainer> {
    if (this.#kept === undefined || this.#live !== live) {
      this.#live = live
      this.#kept = this.#open(live)
      this.#kept.catch(() => {
        this.#kept = undefined
      })
    }
    return this.#kept
  }

  async #open(inventory: LiveInventory | undefined): Promise<Explainer> {
    const { Explainer } = await import('./explainer.ts')
    return await Explainer.open(this.#site, { inventory, macOf: this.#macOf })
  }
}
