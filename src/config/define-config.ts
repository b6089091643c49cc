import type { SiteInput } from './schema.ts'

/**
 * Types a configuration written in TypeScript: `export default defineConfig({ … })` in
 * `trivet.config.ts`.
 *
 * Units, ranges and defaults of every key are in its own documentation and in
 * docs/configuration.md.
 */
export function defineConfig(config: SiteInput): SiteInput {
  return config
}
