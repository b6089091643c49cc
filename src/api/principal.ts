/** What somebody may do, the least first; each may what those before it may. */
export const roles = ['viewer', 'editor', 'administrator'] as const

/** `viewer` reads, `editor` changes the inventory, `administrator` gives tokens. */
export type Role = (typeof roles)[number]

/** Who asks. */
export interface Principal {
  /** Kept with each change: the label of a token, or who is at the socket. */
  readonly who: string
  readonly role: Role
}

/** Whether somebody may do what needs a role. */
export function isAllowed(principal: Principal, needed: Role): boolean {
  return roles.indexOf(principal.role) >= roles.indexOf(needed)
}
