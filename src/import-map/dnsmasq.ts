import {
  type ImportedMap,
  type ImportedRoute,
  type ImportOptions,
  lineComment,
  type Notice,
} from './imported-map.ts'

/** A line of the configuration that says something of TFTP. */
interface Setting {
  readonly line: number
  readonly text: string
  readonly key: string
  readonly value: string
}

/** What dnsmasq needs beyond TFTP's part of an IPv4 datagram, in bytes. */
const MTU_OVERHEAD_BYTES = 32

/** What is not carried over, and what there is instead. */
const lost: Readonly<Record<string, string>> = {
  'tftp-secure': 'what the user of Trivet may read is served: run it as a user of its own',
  'tftp-port-range': '`listen.singlePort` and `listen.transferPorts` say which ports there are',
  'tftp-no-fail': 'a folder that is not there is an error at the start',
  'conf-file': 'is not followed: import that file as well',
  'conf-dir': 'is not followed: import its files as well',
}

/**
 * Reads what a `dnsmasq.conf` says of TFTP: `tftp-root`, `tftp-unique-root`, `tftp-lowercase` and
 * limits. What it says of DNS and DHCP is passed over.
 */
export function importDnsmasq(text: string, options: ImportOptions): ImportedMap {
  const settings = settingsOf(text)
  const last = (key: string): Setting | undefined => settings.findLast((one) => one.key === key)
  const rootSetting = settings.findLast((one) => one.key === 'tftp-root' && !isOfInterface(one))
  const root = rootSetting?.value ?? options.root
  const message = `found no tftp-root, ${root} is taken`
  const missing = rootSetting === undefined ? [{ line: 1, message, isLost: false }] : []
  const lowercase = last('tftp-lowercase')
  const files = fileRoutes(root, { unique: last('tftp-unique-root'), root: rootSetting, last })
  const routes = [...(lowercase ? [lowercaseRoute(lowercase)] : []), ...files]
  return { site: siteOf(last), routes, notices: [...missing, ...lostOf(settings)] }
}

function isOfInterface({ key, value }: Setting): boolean {
  return key === 'tftp-root' && value.includes(',')
}

function lostOf(settings: readonly Setting[]): readonly Notice[] {
  return settings.flatMap((setting) => {
    const { line, key } = setting
    const instead = isOfInterface(setting)
      ? 'for one interface, which routes do not know'
      : lost[key]
    return instead === undefined ? [] : [{ line, message: `${key}: ${instead}`, isLost: true }]
  })
}

type Last = (key: string) => Setting | undefined

/** Lines as dnsmasq reads them: `key` or `key=value`, `#` begins a comment, quotes keep it. */
function settingsOf(text: string): Setting[] {
  return text.split('\n').flatMap((written, index) => {
    const bare = written.replace(/^((?:"[^"]*"|[^"#]|(?<!^|\s)#)*)(?<=^|\s)#.*$/, '$1').trim()
    const [, key, value = ''] = /^([a-z0-9-]+)\s*(?:=\s*(.*))?$/.exec(bare) ?? []
    if (key === undefined) return []
    return [{ line: index + 1, text: written, key, value: value.replaceAll('"', '').trim() }]
  })
}

function lowercaseRoute({ line, text }: Setting): ImportedRoute {
  const rule = { find: '^[^]*$', replace: String.raw`\L\0` }
  const rules = [{ comment: lineComment(line, text), rule }]
  return { keys: { match: '/{path...}', name: 'small letters' }, rules }
}

/** A name that begins with the folder itself is a path below it, too. */
function fileRoutes(
  root: string,
  from: { readonly unique: Setting | undefined; readonly root: Setting | undefined; last: Last },
): readonly ImportedRoute[] {
  const perClient = from.unique?.value === 'mac' ? 'mac' : 'address'
  const unique = from.unique === undefined ? {} : { perClient }
  const options = { ...blockBytesOf(from.last), static: { folder: root, ...unique } }
  const sources = [from.root, from.unique].filter((setting) => setting !== undefined)
  const comment = sources.map(({ line, text }) => lineComment(line, text)).join(', ')
  const said = comment === '' ? {} : { comment }
  const below = `${root.replace(/\/+$/, '')}/{path...}`
  const absolute = { keys: { match: below, name: 'absolute names', ...options } }
  return [
    { ...said, ...absolute },
    { ...said, keys: { match: '/{path...}', name: 'files', ...options } },
  ]
}

function blockBytesOf(last: Last): { readonly blockBytesMax?: number } {
  if (last('tftp-no-blocksize') !== undefined) return { blockBytesMax: 512 }
  const mtu = Number(last('tftp-mtu')?.value)
  const bytes = mtu - MTU_OVERHEAD_BYTES
  return bytes >= 8 && bytes <= 65_464 ? { blockBytesMax: bytes } : {}
}

function siteOf(last: Last): Record<string, unknown> {
  const most = Number(last('tftp-max')?.value)
  const limits = Number.isInteger(most) && most > 0 ? { limits: { transfersMax: most } } : {}
  const listen = last('tftp-single-port') === undefined ? {} : { listen: { singlePort: true } }
  const leases = last('dhcp-leasefile')?.value
  const isByMac = last('tftp-unique-root')?.value === 'mac'
  const file = leases === undefined || leases === '' ? '/var/lib/misc/dnsmasq.leases' : leases
  const identity = isByMac ? { identity: { leases: [{ file, format: 'dnsmasq' }] } } : {}
  return { ...listen, ...limits, ...identity }
}
