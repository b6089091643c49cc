const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const MAC = '[0-9a-f]{2}-[0-9a-f]{2}(?:-[0-9a-f]{2}){5}'
const HEX_ADDRESS = '[0-9A-F]{1,8}'
/** U-Boot: architecture, chip, board. */
const BOARD = 'default-[\\w.-]+'

/** Names that boot loaders ask for before the one that most networks have; by their sources. */
const walks: readonly RegExp[] = [
  new RegExp(`(?:^|/)pxelinux\\.cfg/(?:${UUID}|${MAC}|${HEX_ADDRESS}|${BOARD})$`),
  new RegExp(`(?:^|/)grub\\.cfg-(?:${UUID}|${MAC}|${HEX_ADDRESS})$`),
  new RegExp(`(?:^|/)${HEX_ADDRESS.replace('1,', '')}\\.img$`),
]

/** True for a name that a boot loader tries on the way to its general one. */
export function isOnKnownWalk(path: string): boolean {
  return walks.some((walk) => walk.test(path))
}
