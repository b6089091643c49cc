import { isTokenLabel, newAccessToken, shownToken } from '../../store/access-token.ts'
import type { StoredToken } from '../../store/store.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import {
  type InventoryCliOptions,
  missing,
  print,
  record,
  withInventory,
} from '../inventory/session.ts'
import { table } from '../table.ts'

export type TokenOptions = InventoryCliOptions

/** Makes a token and prints it, this once. */
export function addToken(
  label: string,
  options: TokenOptions & { readonly role: string },
): Promise<number> {
  if (!isTokenLabel(label)) {
    const needed = '1 to 64 printable characters are needed'
    throw new CommandError(`Found the label ${JSON.stringify(label)}, ${needed}`, ExitStatus.usage)
  }
  return withInventory(options, async (opened) => {
    const role = options.role as StoredToken['role']
    const { stored, token } = newAccessToken({ label, role }, Date.now())
    await opened.store.tokens.add(stored)
    await record(opened, `token "${label}" (${role}) made`, options)
    return print(options, { ...shownToken(stored), token }, token)
  })
}

/** Says who may, never the tokens. */
export function listTokens(options: TokenOptions): Promise<number> {
  return withInventory(options, async ({ store }) => {
    const tokens = (await store.tokens.list()).map(shownToken)
    const rows = tokens.map(({ id, label, role, createdAt }) => [
      id,
      label,
      role,
      new Date(createdAt).toISOString(),
    ])
    const text = table([['id', 'label', 'role', 'made'], ...rows]).trimEnd()
    return print(options, tokens, tokens.length === 0 ? 'No tokens' : text)
  })
}

export function removeToken(id: string, options: TokenOptions): Promise<number> {
  return withInventory(options, async (opened) => {
    if (!(await opened.store.tokens.remove(id))) missing('token', id)
    await record(opened, `token ${id} removed`, options)
    return print(options, { id }, `Token ${id} is removed`)
  })
}
