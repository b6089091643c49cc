import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LiveInventory } from '../src/store/live-inventory.ts'
import { openStore } from '../src/store/open-store.ts'
import type { Edit } from '../src/store/store.ts'
import { SMALL_BYTES } from './folders.ts'

/** Devices that the template route knows. */
export const INVENTORY_DEVICES = 10_000

const CONFIGURATION = `limits:
  renditionsKeptMax: 200000
  renditionMemoryBytesMax: 1073741824
routes:
  - match: "/cfg/{name}"
    handler: handler.ts
  - match: "/jinja/{mac}.cfg"
    template: phone.cfg.j2
    share: device
  - match: "/cgi/{name}"
    cgi: {script: script.sh}
  - match: "/counted/{name}"
    handler: counted.ts
    share: device
  - match: "/runs"
    handler: counted.ts
  - match: "/static/{path...}"
    static: files/cfg
  - match: "/slow/{name}"
    handler: slow.ts
    share: device
  - match: "/up/{path...}"
    handler: upload.ts
    methods: [PUT]
  - match: "/{path...}"
    static: files
`

const HANDLER = `const bytes = ${SMALL_BYTES}
export default (_request, { path }) => {
  const line = path.text.slice(1) + '\\n'
  return new Response(line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes))
}
`

const COUNTED = `let runs = 0
const bytes = ${SMALL_BYTES}
export default (_request, { path }) => {
  if (path.text === '/runs') return new Response(String(runs))
  runs += 1
  const line = path.text.slice(1) + '\\n'
  const headers = { 'cache-control': 'max-age=3600' }
  return new Response(line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes), { headers })
}
`

/** Keeps its devices waiting, for as long as they are counted. */
const SLOW = `export default async () => {
  await new Promise((resolve) => setTimeout(resolve, 6000))
  return new Response('slow')
}
`

/** As long as a phone's file is: some 4 KiB. */
const TEMPLATE = `# {{ device.id }} of {{ classes | join(", ") }}
hostname {{ values.host }}
{% for server in values.dns %}
dns {{ server }}
{% endfor %}
{% for line in values.lines %}
line {{ loop.index }} number {{ line.number }} label "{{ line.label }}"
  server {{ values.sip.server }}
  transport {{ values.sip.transport }} expires {{ values.sip.expires }}
  codec {{ values.codecs | join(",") }}
{% endfor %}
{% for key in range(24) %}
softkey {{ key }} {{ values.softkeys[key % 4] }} site {{ values.site }}
  ntp {{ values.ntp }} zone {{ values.zone }}
{% endfor %}
`

/** Writes the site of all Trivet's rows, without what the static ones serve. */
export async function writeTrivetSite(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const script = '#!/bin/sh\nprintf "%s\\n" "$PATH_INFO" "$TRIVET_PARAM_NAME"\n'
  await writeFile(join(folder, 'trivet.yaml'), CONFIGURATION)
  await writeFile(join(folder, 'handler.ts'), HANDLER)
  await writeFile(join(folder, 'counted.ts'), COUNTED)
  await writeFile(join(folder, 'phone.cfg.j2'), TEMPLATE)
  await writeFile(join(folder, 'slow.ts'), SLOW)
  await writeFile(join(folder, 'script.sh'), script, { mode: 0o755 })
  await writeFile(
    join(folder, 'upload.ts'),
    'export default async (request) => { await request.bytes(); return new Response(null, { status: 201 }) }\n',
  )
}

/** Fills its inventory: three levels of classes, each device with values of its own. */
export async function writeInventory(folder: string, deviceCount: number): Promise<void> {
  await using store = await openStore({ stateFolder: join(folder, '.trivet') })
  await using inventory = await LiveInventory.open(store)
  const edits: Edit[] = [...classes(), ...Array.from({ length: deviceCount }, (_, n) => device(n))]
  const applied = await inventory.apply({ who: 'bench', edits }, Date.now())
  if (applied.problems !== undefined) throw new Error(applied.problems[0]?.message)
}

function classes(): Edit[] {
  const softkeys = ['dial', 'hold', 'transfer', 'park']
  const sip = { server: 'sip.example.net', transport: 'udp', expires: 3600 }
  const base = { ntp: '10.0.0.1', dns: ['10.0.0.53'], softkeys, sip, codecs: ['g722', 'pcma'] }
  const site = { site: 'oslo', zone: 'Europe/Oslo', dns: { $append: ['10.1.0.53'] } }
  return [
    classEdit('base', [], base),
    classEdit('site-oslo', ['base'], site),
    classEdit('model-7960', ['base'], { codecs: { $append: ['g729'] } }),
  ]
}

function classEdit(name: string, parents: string[], values: object): Edit {
  const after = { name, parents, values: values as never }
  return { kind: 'class', key: name, before: undefined, after }
}

/** The number of a device as the last digits of its MAC, in decimal. */
function device(number: number): Edit {
  const digits = String(number).padStart(6, '0')
  const mac = `02:00:00:${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4)}`
  const id = `phone-${digits}`
  const lines = Array.from({ length: 6 }, (_, index) => ({
    number: `${digits}${index}`,
    label: `Line ${index} of ${id}`,
  }))
  const values = { host: id, lines } as never
  const classNames = ['site-oslo', 'model-7960']
  const after = {
    id,
    macs: [mac],
    addresses: [],
    classes: classNames,
    values,
    state: 'active' as const,
  }
  return { kind: 'device', key: id, before: undefined, after }
}
