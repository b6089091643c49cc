/**
 * What a program that embeds Trivet, a configuration in TypeScript, or a handler may import.
 */
export { Refusal, type RefusalCode } from './base/refusal.ts'
export { defineConfig } from './config/define-config.ts'
export { loadSite } from './config/load.ts'
export type { SiteInput } from './config/schema.ts'
export type { SiteConfig } from './config/site.ts'
export { createLog, type Log, silentLog } from './observe/log.ts'
export type { JournalEntry } from './observe/journal.ts'
export {
  DECLINE_HEADER,
  declineResponse,
  type RequestContext,
  type Source,
} from './routing/source.ts'
export { type RunningServer, type ServerOptions, startServer } from './server/server.ts'
