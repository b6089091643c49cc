import type { InboundBatch } from '../base/datagram.ts'
import type { ListenAddress, SiteConfig } from '../config/site.ts'
import { TftpFront } from '../fronts/tftp/tftp-front.ts'
import type { Journal } from '../observe/journal.ts'
import type { Log } from '../observe/log.ts'
import type { Answerer } from '../routing/answer.ts'
import { openTransport } from '../transport/open-transport.ts'
import { profileFinder } from './client-profiles.ts'

/** What every way to speak TFTP is opened with. */
export interface TftpDoorOptions {
  readonly site: SiteConfig
  readonly tftp: readonly ListenAddress[]
  readonly singlePort: boolean
  /** Threads that speak TFTP; 0: this one. */
  readonly workers: number
  readonly answer: Answerer
  readonly journal: Journal
  readonly log: Log
  readonly newId: () => string
}

/** Where TFTP is spoken: in this thread, or in others. */
export interface TftpDoor {
  /** Where it listens, ports filled in. */
  readonly listeners: readonly ListenAddress[]
  /** Takes nothing new and resolves when all transfers have ended and all sockets are closed. */
  drain(): Promise<void>
  /** Ends all transfers, each with a journal entry, and closes all sockets. */
  stop(): Promise<void>
}

/** @throws {ListenError} */
export async function openTftpDoor(options: TftpDoorOptions): Promise<TftpDoor> {
  if (options.workers === 0) return await openHere(options)
  const { TftpWorkers } = await import('./workers/tftp-workers.ts')
  return await TftpWorkers.start({ ...options, count: options.workers })
}

async function openHere(options: TftpDoorOptions): Promise<TftpDoor> {
  const { site, log, answer, journal, newId } = options
  let front: TftpFront | undefined
  const transport = await openTransport({
    listen: options.tftp,
    singlePort: options.singlePort,
    transferPorts: site.listen.transferPorts,
    onBatch: (batch: InboundBatch) => front?.receive(batch),
    onWarning: (message: string) => log.warn(message),
  })
  const { transfersMax, transfersPerAddressMax, windowBlocksMax, collectBytesMax } = site.limits
  const speaking = new TftpFront({
    answer,
    journal,
    log,
    newId,
    transport,
    collectBytesMax,
    endpoint: { transfersMax, transfersPerAddressMax, windowBlocksMax },
    profileNameOf: profileFinder(site.clients),
  })
  front = speaking
  return {
    listeners: transport.listeners.map(({ address, port }) => ({ address, port })),
    async drain() {
      await speaking.drain()
      await transport.close()
    },
    async stop() {
      speaking.stop()
      await transport.close()
    },
  }
}
