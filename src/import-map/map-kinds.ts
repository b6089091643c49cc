/** Servers whose maps are read. */
export const mapKinds = ['tftp-hpa', 'atftpd', 'hooktftp', 'dnsmasq'] as const
export type MapKind = (typeof mapKinds)[number]
