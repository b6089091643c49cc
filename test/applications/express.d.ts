/** What of Express the application here needs. */
declare module 'express' {
  import type { Server } from 'node:http'

  interface Asked {
    readonly params: Readonly<Record<string, string | undefined>>
    readonly query: Readonly<Record<string, string | undefined>>
  }

  interface Answered {
    type(name: string): Answered
    send(body: string | Uint8Array): Answered
  }

  interface Application {
    get(path: string | RegExp, answer: (request: Asked, response: Answered) => void): void
    listen(port: number, address: string): Server
  }

  function express(): Application
  export = express
}
