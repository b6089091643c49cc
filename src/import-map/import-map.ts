import { importAtftpd } from './atftpd.ts'
import { importDnsmasq } from './dnsmasq.ts'
import { importHooktftp } from './hooktftp.ts'
import type { ImportedMap, ImportOptions } from './imported-map.ts'
import type { MapKind } from './map-kinds.ts'
import { importTftpHpa } from './tftp-hpa.ts'

const importers: Readonly<Record<MapKind, (text: string, options: ImportOptions) => ImportedMap>> =
  {
    'tftp-hpa': importTftpHpa,
    atftpd: importAtftpd,
    hooktftp: importHooktftp,
    dnsmasq: importDnsmasq,
  }

/** Reads a map; what is wrong with it is in the notices, by line. */
export function importMap(text: string, from: MapKind, options: ImportOptions): ImportedMap {
  const imported = importers[from](text, options)
  const notices = imported.notices.toSorted((one, other) => one.line - other.line)
  return { ...imported, notices }
}
