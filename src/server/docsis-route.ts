import { resolve } from 'node:path'
import type { Source } from '../routing/source.ts'
import type { DocsisOptions } from '../sources/docsis/options.ts'
import { CmtsSecret } from '../sources/docsis/cmts-secret.ts'
import type { RouteParts } from './build-routes.ts'

/** Joins a template, which makes the settings in YAML, and what makes the file of them. */
export async function buildDocsisSource(
  options: DocsisOptions,
  { site, warn }: Pick<RouteParts, 'site' | 'warn'>,
): Promise<Source> {
  const { template: file, root, fuel, values, sharedSecretFile, sharedSecretVariable } = options
  const { templateSource } = await import('../sources/template/index.ts')
  const { docsisSource } = await import('../sources/docsis/index.ts')
  const { docsisFile } = await import('./docsis-file.ts')
  const siteFolder = site.folder
  const yamlSource = templateSource(
    { file, fuel, values, ...(root === undefined ? {} : { root }) },
    { siteFolder, siteValues: site.values, now: () => new Date(), warn },
  )
  const secret = new CmtsSecret({
    file: sharedSecretFile === undefined ? undefined : resolve(siteFolder, sharedSecretFile),
    variable: sharedSecretVariable,
    environment: process.env,
  })
  return docsisSource(yamlSource, { secret, encode: docsisFile })
}

/**
 * The secret shared with the CMTS, as a file holds it.
 *
 * @throws {Refusal} `GENERATOR_FAILED` when there is none.
 */
export function docsisSecret(file: string): Uint8Array {
  return new CmtsSecret({ file, variable: undefined, environment: {} }).read().bytes
}
