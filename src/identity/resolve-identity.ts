import type { DeviceIndex, Evidence } from '../inventory/identify.ts'
import { normaliseMac, normaliseUuid, serialKey } from '../inventory/identifiers.ts'
import type { Device } from '../inventory/model.ts'
import type { FinderName, Finding } from './finding.ts'

/** Who it is, and who says so. */
export interface Identification {
  /** Undefined when nobody knows, or when what is known does not fit together. */
  readonly device: Device | undefined
  /** The finder that decided; undefined without a device. */
  readonly by: FinderName | undefined
  /** All finders that name this device, in order: the first decided. */
  readonly witnesses: readonly FinderName[]
  /** For the journal: what speaks against it. Undefined when nothing does. */
  readonly disagreement: string | undefined
}

/** What is told of a disagreement: more would fill the journal. */
const OBJECTIONS_MAX = 3

/** A way to compare what belongs to one device alone. */
interface OwnIdentifier {
  readonly kind: 'mac' | 'serial' | 'uuid'
  readonly key: (text: string) => string | undefined
  /** Empty when the record has none: then nothing can contradict it. */
  readonly of: (device: Device) => readonly string[]
}

/** One row for each identifier that a device does not share and does not change. */
const ownIdentifiers: readonly OwnIdentifier[] = [
  { kind: 'mac', key: normaliseMac, of: ({ macs }) => macs },
  { kind: 'serial', key: serialKey, of: ({ serial }) => (serial === undefined ? [] : [serial]) },
  { kind: 'uuid', key: normaliseUuid, of: ({ uuid }) => (uuid === undefined ? [] : [uuid]) },
]

/**
 * Decides who asks: the first finding that names a device does, and none that is weaker overrules
 * it. A finding with a MAC, serial or UUID that nobody has speaks against every device that has
 * another: a stranger at the address of a known device is a stranger, and who asks for the file of
 * a device that is not known gets nobody else's.
 */
export function resolveIdentity(
  findings: readonly Finding[],
  index: Pick<DeviceIndex, 'find'>,
): Identification {
  const decision = new Decision()
  for (const finding of findings) {
    const found = index.find(finding.evidence)
    if (found === undefined) decision.hearStranger(finding)
    else if (found.device === undefined) {
      decision.hearSeveral(finding, found.conflict.deviceIds)
    } else decision.hear(finding, found.device)
  }
  return decision.outcome
}

/** What has been heard so far. */
class Decision {
  #device: Device | undefined
  #by: FinderName | undefined
  /** True when a device was named that cannot be the one: no weaker finding helps. */
  #isRefuted = false
  #candidates: readonly string[] | undefined
  readonly #strangers: Finding[] = []
  readonly #witnesses = new Set<FinderName>()
  readonly #objections: string[] = []

  get outcome(): Identification {
    const shown = this.#objections.slice(0, OBJECTIONS_MAX)
    return {
      device: this.#device,
      by: this.#by,
      witnesses: [...this.#witnesses],
      disagreement: shown.length === 0 ? undefined : shown.join('; '),
    }
  }

  hear(finding: Finding, device: Device): void {
    if (this.#device !== undefined) {
      if (device.id === this.#device.id) this.#witnesses.add(finding.finder)
      else this.#object(`${sayer(finding)} says ${device.id}, not ${this.#device.id}`)
      return
    }
    if (this.#isRefuted) return
    if (this.#candidates?.includes(device.id) === false) {
      this.#object(`${sayer(finding)} says ${device.id}, which is none of those`)
      return
    }
    const doubt = this.#doubtOf(finding, device)
    if (doubt === undefined) {
      this.#device = device
      this.#by = finding.finder
      this.#witnesses.add(finding.finder)
    } else {
      this.#isRefuted = true
      this.#object(`${sayer(finding)} says ${device.id}, but ${doubt}`)
    }
  }

  hearSeveral(finding: Finding, deviceIds: readonly string[]): void {
    if (this.#device !== undefined) {
      if (!deviceIds.includes(this.#device.id)) {
        this.#object(`${sayer(finding)} says ${deviceIds.join(' or ')}, not ${this.#device.id}`)
      }
      return
    }
    this.#candidates ??= deviceIds
    this.#object(`${sayer(finding)} fits ${deviceIds.join(' and ')}`)
  }

  hearStranger(finding: Finding): void {
    this.#strangers.push(finding)
    if (this.#device === undefined || this.#witnesses.has(finding.finder)) return
    const claim = contradiction(finding.evidence, this.#device)
    if (claim !== undefined) {
      this.#object(`${sayer(finding)} says ${claim}, which ${this.#device.id} has not`)
    }
  }

  /** Other findings of the same finder do not count: a server tells the MACs of all its ports. */
  #doubtOf(finding: Finding, device: Device): string | undefined {
    const others = this.#strangers.filter(({ finder }) => finder !== finding.finder)
    for (const one of [finding, ...others]) {
      const claim = contradiction(one.evidence, device)
      if (claim !== undefined) return `${sayer(one)} says ${claim}, which it has not`
    }
    return undefined
  }

  #object(text: string): void {
    this.#objections.push(text)
  }
}

/** What is claimed that belongs to another than this device; undefined when all fits. */
function contradiction(evidence: Evidence, device: Device): string | undefined {
  for (const { kind, key, of } of ownIdentifiers) {
    const text = evidence[kind]
    const claimed = text === undefined ? undefined : key(text)
    const own = of(device)
    if (claimed === undefined || own.length === 0) continue
    if (!own.some((one) => key(one) === claimed)) return `${kind} ${text}`
  }
  return undefined
}

function sayer({ finder, where }: Finding): string {
  return `${finder} (${where})`
}
