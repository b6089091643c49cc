/** Something that must bear any datagram. */
export interface FuzzTarget {
  /** As typed on the command line. */
  readonly name: string
  /**
   * Takes one datagram, which is valid only during the call.
   *
   * @throws {Error} When something is wrong that no datagram may cause: a find.
   */
  run(datagram: Uint8Array): void
}
