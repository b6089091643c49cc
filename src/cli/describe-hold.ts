import type { HoldExplanation, HoldMoment } from '../protocol/tftp/hold/explain-hold.ts'

/** So many repeats in a row are told one by one. */
const REPEATS_TOLD = 4

const words: Readonly<Record<HoldMoment['what'], string>> = {
  request: 'asks',
  repeat: 'asks again: swallowed',
  recognised: 'can be no other any more',
  oack: 'an OACK leaves, before the bytes',
  'goes-on': 'and one each second from here on',
  late: '`whenLate` decides',
  'gives-up': 'gives up',
}

/** How a request would be held, for people: each kind of client that it may come from. */
export function describeHolds(explained: readonly HoldExplanation[]): string {
  const several = explained.length > 1
  const lines = several
    ? ['Several kinds of client ask like this; the rhythm of their repeats tells them apart:', '']
    : []
  for (const { profile, plan } of explained) {
    lines.push(`${profile.title} (${profile.name}), ${factsOf(profile)}`)
    for (const { atMs, what } of folded(plan)) lines.push(`  ${secondsOf(atMs)}  ${what}`)
    lines.push(`  known from: ${profile.source}`)
    if (profile.note !== undefined) lines.push(`  ${profile.note}`)
    lines.push('')
  }
  return `${lines.join('\n').trimEnd()}\n`
}

function factsOf(profile: HoldExplanation['profile']): string {
  const waits = `waits ${(profile.silenceMsMax / 1000).toFixed(1)} s in silence`
  const tsize = { needed: ', needs a true tsize', optional: '', 'not-asked': '' }[profile.tsize]
  const dies = profile.repeatedOack === 'aborts' ? ', ends at a second OACK' : ''
  const deaf = profile.isErrorHeardAfterOack ? '' : ', hears no ERROR after an OACK'
  return `${waits}${tsize}${dies}${deaf}`
}

interface Line {
  readonly atMs: number
  readonly what: string
}

/** Many repeats are one line. */
function folded(plan: readonly HoldMoment[]): Line[] {
  const lines: Line[] = []
  for (let index = 0; index < plan.length; index += 1) {
    const moment = plan[index]
    if (moment === undefined) break
    let end = index
    while (plan[end + 1]?.what === 'repeat' && moment.what === 'repeat') end += 1
    const count = end - index + 1
    if (count <= REPEATS_TOLD) {
      lines.push({ atMs: moment.atMs, what: words[moment.what] })
      continue
    }
    const last = secondsOf(plan[end]?.atMs ?? 0).trim()
    lines.push({ atMs: moment.atMs, what: `asks again, ${count} times until ${last}: swallowed` })
    index = end
  }
  return lines
}

function secondsOf(ms: number): string {
  return Number.isFinite(ms) ? `${(ms / 1000).toFixed(1).padStart(6)} s` : '   never'
}
