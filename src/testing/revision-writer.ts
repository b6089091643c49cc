/**
 * A process that makes revisions until it is killed or fails: `revision-writer.ts OPTIONS NAME
 * SIZE`.
 *
 * Each revision sets two devices of its own to the same count. Prints `N COUNT` once revision N is
 * made, and at a failure its code and what the store then holds.
 */
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'
import { StoreError } from '../store/store.ts'
import { deviceEdit, deviceOf } from './store-bench.ts'

const [options = '{}', name = 'w', size = '10'] = process.argv.slice(2)

await using store = await openStore(JSON.parse(options) as Parameters<typeof openStore>[0])
try {
  await writeOn(store)
} catch (error) {
  if (!(error instanceof StoreError)) throw error
  const { revision } = await store.load()
  process.stdout.write(`${error.code} ${revision}\n`)
}

async function writeOn(to: Store): Promise<never> {
  for (let count = 1; ; count += 1) {
    const values = { count, filler: 'x'.repeat(Number(size)) }
    const ids = [`${name}-left`, `${name}-right`]
    const edits = ids.map((id) => deviceEdit(deviceOf(id, { values })))
    const { number } = await to.apply({ who: name, at: count, edits })
    process.stdout.write(`${number} ${count}\n`)
  }
}
