/**
 * Thrown when a socket cannot be bound.
 *
 * The message is for whoever started the server: what was tried, why it failed, and the ways out. A
 * transport never takes another port by itself, for devices would not find it there.
 */
export class ListenError extends Error {
  /**
   * The system's code (`EACCES`, `EADDRINUSE`, …), or `EINVAL` for an address that cannot be one.
   */
  readonly code: string
  readonly address: string
  readonly port: number

  constructor(failed: { code: string; address: string; port: number }, cause?: unknown) {
    super(listenErrorMessage(failed), cause === undefined ? undefined : { cause })
    this.name = 'ListenError'
    this.code = failed.code
    this.address = failed.address
    this.port = failed.port
  }
}

/** Why a bind fails, and what helps, by the system's code. */
const explanations: Record<string, (address: string) => string> = {
  EACCES: () =>
    'this process may not take that port; below 1024 it needs a privilege. ' +
    'Either use another port (--tftp 127.0.0.1:6969), ' +
    `or allow node to take it (sudo setcap cap_net_bind_service=+ep ${process.execPath}), ` +
    'or let the service manager grant it (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE)',
  EADDRINUSE: () =>
    'another program has it. ' +
    'Perhaps another TFTP server runs (dnsmasq, tftpd-hpa, inetd); ' +
    '"sudo ss -ulpn" shows which program holds which UDP port',
  EADDRNOTAVAIL: () =>
    'this machine does not have that address, or may not use it yet ("ip address" lists them)',
  EAFNOSUPPORT: () => 'the system does not speak this address family',
  EMFILE: () => 'the limit of open files is reached ("ulimit -n"); fewer transfer ports need fewer',
  EOVERFLOW: () => 'so many addresses have come and gone that the server must be restarted',
  EINVAL: (address) =>
    isUnscopedLinkLocal(address)
      ? `a link-local address needs its interface, as in "${address}%eth0"`
      : 'it must be a literal unicast IPv4 or IPv6 address and a port from 0 to 65535',
}

function listenErrorMessage(failed: { code: string; address: string; port: number }): string {
  const { code, address, port } = failed
  const reason = explanations[code]?.(address) ?? 'the system refused it'
  return `Cannot listen on UDP ${formatEndpoint(address, port)} (${code}): ${reason}`
}

function isUnscopedLinkLocal(address: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(address) && !address.includes('%')
}

/** Writes an address and port the way people do: `10.0.0.1:69`, `[fe80::1%eth0]:69`. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
