import type { AppliedText, ApplyTextOptions, InventoryText } from '../api/admin-parts.ts'
import type { LiveInventory } from '../store/live-inventory.ts'
import { formatInventory } from '../store/text/format-inventory.ts'
import { parseInventory } from '../store/text/parse-inventory.ts'
import { planEdits } from '../store/text/plan-edits.ts'

/** What the inventory of a server is as text. @param live - Opens it, or makes it. */
export function inventoryText(live: () => Promise<LiveInventory>): InventoryText {
  return {
    async export() {
      const inventory = await live()
      return formatInventory({
        classes: inventory.classes().map(({ record }) => record),
        devices: inventory.devices().map(({ record }) => record),
      })
    },
    async apply(text, how) {
      return await applyText(await live(), text, how)
    },
  }
}

async function applyText(
  live: LiveInventory,
  text: string,
  { mode, dryRun, who, why }: ApplyTextOptions,
): Promise<AppliedText> {
  const { records, problems } = parseInventory(text, 'body')
  if (problems !== undefined) return { revision: null, edits: [], problems }
  const edits = planEdits(live, records, mode)
  const named = edits.map(({ kind, key }) => ({ kind, key }))
  const wrong = live.problemsOf(edits)
  if (wrong.length > 0) return { revision: null, edits: named, problems: wrong }
  if (dryRun || edits.length === 0) return { revision: null, edits: named, problems: [] }
  const seenRevision = live.revision
  const applied = await live.apply({ who, why, edits, seenRevision }, Date.now())
  const { problems: late } = applied
  if (late !== undefined) return { revision: null, edits: named, problems: late }
  return { revision: applied.revision.number, edits: named, problems: [] }
}
