/** How `native/batch.c` describes one received datagram, in 32-bit words of the host. */
export const INBOUND = {
  socket: 0,
  port: 1,
  /** Four words; IPv4 uses the first. */
  peer: 2,
  /** The interface of a link-local peer, else 0. */
  scope: 6,
  /** The address that was asked, as `peer`; only of sockets bound to a wildcard. */
  local: 7,
  interface: 11,
  words: 12,
} as const

/** How it is told one run to send. */
export const OUTBOUND = {
  socket: 0,
  offset: 1,
  bytes: 2,
  segmentBytes: 3,
  port: 4,
  peer: 5,
  scope: 9,
  /** Not 0: the run leaves from the address in `local`. */
  isPinned: 10,
  local: 11,
  interface: 15,
  words: 16,
} as const

/** Words of an address: four of the address itself, and the interface. */
export const ADDRESS_WORDS = 5

/** How it is told to bind a socket; added up. */
export const BIND = {
  /** Read before others, because requests are what overflows first. */
  listener: 1,
  /** `SO_REUSEPORT`. */
  reusePort: 2,
} as const
