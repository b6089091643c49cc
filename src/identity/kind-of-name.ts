/** What kind of device asks for names of a form. */
interface NameForm {
  readonly name: RegExp
  readonly kind: string
}

const MAC = '[0-9a-f]{12}'

/** One row a form, the first that fits counts. From what the vendors document of their devices. */
const forms: readonly NameForm[] = [
  { name: form(`(?:CTL|ITL)?SEP${MAC}(?:\\.cnf\\.xml|\\.tlv)`), kind: 'Cisco phone' },
  { name: form(`ATA${MAC}\\.cnf\\.xml`), kind: 'Cisco ATA' },
  { name: form('spa\\w+\\.cfg'), kind: 'Cisco SPA phone' },
  { name: form(`${MAC}(?:-phone|-web|-license|-directory)\\.(?:cfg|xml)`), kind: 'Poly phone' },
  { name: form(`${MAC}\\.boot`), kind: 'Yealink phone' },
  { name: form('y0000000000[0-9a-z]{2}\\.(?:cfg|boot)'), kind: 'Yealink phone' },
  { name: form(`cfg${MAC}(?:\\.xml|\\.bin)?`), kind: 'Grandstream phone' },
  { name: form(`snom\\w+-${MAC}\\.htm`), kind: 'Snom phone' },
  { name: form(`SIP${MAC}\\.cfg`), kind: 'Avaya phone' },
  { name: form(`${MAC}\\.tuz`), kind: 'Mitel phone' },
  { name: form(`01-${MAC.replace('{12}', '{2}')}(?:-[0-9a-f]{2}){5}`), kind: 'PXE client' },
  { name: /(?:^|\/)grub\.cfg-01-/i, kind: 'PXE client with GRUB' },
  { name: form('poap\\w*\\.py'), kind: 'Cisco Nexus switch' },
  { name: form(`${MAC}\\.cfg`), kind: 'phone (Poly, Yealink or another)' },
]

/** What kind of device asks for such a name; undefined: nobody can tell. */
export function kindOfName(path: string): string | undefined {
  return forms.find(({ name }) => name.test(path))?.kind
}

function form(source: string): RegExp {
  return new RegExp(`(?:^|/)${source}$`, 'i')
}
