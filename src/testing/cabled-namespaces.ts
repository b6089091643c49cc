import { execFileSync } from 'node:child_process'

/** Two network namespaces with a cable between them. Removed after `using`. */
export interface CabledNamespaces extends Disposable {
  /** Commands that run the command behind them in one of the two. */
  readonly inServer: readonly string[]
  readonly inClient: readonly string[]
}

/** What the ends of the cable are called, and have. */
export const cabled = {
  server: { ipv4: '10.99.0.1', ipv6: '2001:db8:99::1' },
  client: { ipv4: '10.99.0.2', ipv6: '2001:db8:99::2', mac: '02:00:00:00:00:c1' },
} as const

/** Why there can be no namespaces here; false when there can. */
export function withoutNamespaces(): false | string {
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  try {
    cableNamespaces()[Symbol.dispose]()
    return false
  } catch (error) {
    return `no network namespaces: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Makes them, named for this process. @throws Where they cannot be had. */
export function cableNamespaces(): CabledNamespaces {
  const [server, client] = [`trivet-s-${process.pid}`, `trivet-c-${process.pid}`]
  const inside = (name: string): readonly string[] => ['ip', 'netns', 'exec', name]
  const remove = (): void => {
    for (const name of [server, client]) {
      try {
        ip('netns', 'del', name)
      } catch {
        // It was never made.
      }
    }
  }
  try {
    for (const name of [server, client]) ip('netns', 'add', name)
    ip('-n', server, 'link', 'add', 'name', 'cable0', 'type', 'veth', 'peer', 'name', 'cable1')
    ip('-n', server, 'link', 'set', 'cable1', 'netns', client)
    ip('-n', client, 'link', 'set', 'cable1', 'address', cabled.client.mac)
    plugIn(server, 'cable0', cabled.server)
    plugIn(client, 'cable1', cabled.client)
  } catch (error) {
    remove()
    throw error
  }
  return { inServer: inside(server), inClient: inside(client), [Symbol.dispose]: remove }
}

function plugIn(
  namespace: string,
  cable: string,
  { ipv4, ipv6 }: { readonly ipv4: string; readonly ipv6: string },
): void {
  ip('-n', namespace, 'addr', 'add', `${ipv4}/24`, 'dev', cable)
  // Without a wait for others with the same address.
  ip('-n', namespace, 'addr', 'add', `${ipv6}/64`, 'dev', cable, 'nodad')
  ip('-n', namespace, 'link', 'set', cable, 'up')
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' })
}
