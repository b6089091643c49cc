import type { Evidence, IdentifierKind } from '../inventory/identify.ts'
import { normaliseMac } from '../inventory/identifiers.ts'
import type { Asked, Finding, Hardware } from './finding.ts'

/** The headers of one kind of device, each with what it holds. */
interface HeaderForm {
  readonly vendor: string
  readonly identifiers: Readonly<Record<string, IdentifierKind>>
  readonly model?: string
  readonly firmware?: string
}

/** One row a kind of device; names of headers in lower case. */
const forms: readonly HeaderForm[] = [
  // Arista EOS, `Ztp` agent.
  {
    vendor: 'Arista',
    identifiers: {
      'x-arista-systemmac': 'mac',
      'x-arista-serial': 'serial',
      'x-arista-serialnumber': 'serial',
    },
    model: 'x-arista-modelname',
    firmware: 'x-arista-softwareversion',
  },
  // opencomputeproject.github.io/onie, "HTTP Request Headers".
  {
    vendor: 'ONIE',
    identifiers: { 'onie-eth-addr': 'mac', 'onie-serial-number': 'serial' },
    model: 'onie-machine',
    firmware: 'onie-version',
  },
  // Cumulus Linux, "Zero Touch Provisioning": its management port asks.
  {
    vendor: 'Cumulus',
    identifiers: { 'cumulus-mgmt-mac': 'mac', 'cumulus-serial': 'serial' },
    model: 'cumulus-productname',
    firmware: 'cumulus-version',
  },
  // Anaconda, `inst.ks.sendsn`: the serial number that the firmware has.
  { vendor: 'Anaconda', identifiers: { 'x-system-serial-number': 'serial' } },
]

/** Anaconda, `inst.ks.sendmac`: one header for each port, `eth0 00:11:22:33:44:55`. */
const PORT_HEADER = 'x-rhn-provisioning-mac-'
const PORTS_MAX = 16

/** What firmware says where the maker left the field empty: several boards would be the same. */
const placeholders = new Set([
  '',
  '0123456789',
  '123456789',
  'default string',
  'n/a',
  'none',
  'not applicable',
  'not available',
  'not specified',
  'system serial number',
  'to be filled by o.e.m.',
  'unknown',
])
const ONLY_ZEROS = /^[0.:-]+$/

/** What a header may hold, in characters. */
const VALUE_LENGTH_MAX = 128

/** What devices say of themselves in headers of their own. */
export function findInHeaders({ headers }: Asked): readonly Finding[] {
  // By TFTP there are none, and to look for each of a dozen is most of what finding out costs.
  if (headers.keys().next().done === true) return []
  return [...forms.flatMap((form) => fromForm(form, headers)), ...fromPorts(headers)]
}

function fromForm(form: HeaderForm, headers: Headers): readonly Finding[] {
  const evidence: Partial<Record<IdentifierKind, string>> = {}
  let where: string | undefined
  for (const [header, kind] of Object.entries(form.identifiers)) {
    const value = valueOf(headers, header)
    if (value === undefined || evidence[kind] !== undefined) continue
    evidence[kind] = value
    where ??= header
  }
  if (where === undefined) return []
  return [{ evidence, finder: 'header', where, hardware: hardwareOf(form, headers) }]
}

function fromPorts(headers: Headers): readonly Finding[] {
  const findings: Finding[] = []
  for (let index = 0; index < PORTS_MAX; index += 1) {
    const where = `${PORT_HEADER}${index}`
    const value = valueOf(headers, where)
    // The installer counts from 0 and leaves none out.
    if (value === undefined) break
    const mac = normaliseMac(value.slice(value.lastIndexOf(' ') + 1))
    const evidence: Evidence | undefined = mac === undefined ? undefined : { mac }
    if (evidence) findings.push({ evidence, finder: 'header', where })
  }
  return findings
}

function hardwareOf(form: HeaderForm, headers: Headers): Hardware {
  const model = form.model && valueOf(headers, form.model)
  const firmware = form.firmware && valueOf(headers, form.firmware)
  return {
    vendor: form.vendor,
    ...(model ? { model } : {}),
    ...(firmware ? { firmware } : {}),
  }
}

function valueOf(headers: Headers, name: string): string | undefined {
  const value = headers.get(name)?.trim()
  if (value === undefined || value.length > VALUE_LENGTH_MAX) return undefined
  return placeholders.has(value.toLowerCase()) || ONLY_ZEROS.test(value) ? undefined : value
}
