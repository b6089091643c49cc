/** Through which listener a request came. */
export type Entrance =
  /** The Unix socket: only the owner of the server can open it, so who does is administrator. */
  | { readonly kind: 'socket' }
  /** TCP: a token is needed. */
  | {
      readonly kind: 'tcp'
      readonly peerAddress: string
      /** Names besides IP addresses and `localhost` under which it is addressed; lower case. */
      readonly hostNames: ReadonlySet<string>
    }
