import type { EndpointOptions } from './server-events.ts'

/** Options of an endpoint with their defaults in place. */
export type EndpointSettings = Required<EndpointOptions>

/** Windows are capped here (RFC 7440 allows more): what one ACK can make a server send. */
const WINDOW_BLOCKS_MAX = 64

/** Fills in defaults and brings what is out of range into it. */
export function endpointSettings(options: EndpointOptions): EndpointSettings {
  const retryMs = clamp(options.retryMs ?? 1000, { min: 10, max: 10_000 })
  return {
    retryMs,
    retryMsMax: Math.max(retryMs, options.retryMsMax ?? 5000),
    giveUpMs: Math.max(retryMs, options.giveUpMs ?? 30_000),
    windowBlocksMax: clamp(options.windowBlocksMax ?? WINDOW_BLOCKS_MAX, {
      min: 1,
      max: WINDOW_BLOCKS_MAX,
    }),
    lingerMs: Math.max(0, options.lingerMs ?? 10_000),
    transfersMax: Math.max(1, options.transfersMax ?? 20_000),
    transfersPerAddressMax: Math.max(1, options.transfersPerAddressMax ?? 1000),
  }
}

function clamp(value: number, { min, max }: { min: number; max: number }): number {
  return Math.min(max, Math.max(min, value))
}
