import { loadSite } from '../../config/load.ts'
import { ConfigError, type ConfigProblem, formatProblem } from '../../config/problems.ts'
import { siteJsonSchema } from '../../config/schema-json.ts'
import { protectedPaths } from '../../config/protected.ts'
import type { SiteConfig } from '../../config/site.ts'
import { buildRoutes } from '../../server/build-routes.ts'
import { readTlsMaterial, TlsFileError } from '../../server/tls-material.ts'
import { keyModeWarning, validityWarning } from '../../server/tls-warnings.ts'

export interface CheckOptions {
  readonly json?: boolean
  readonly schema?: boolean
}

/** Checks a site without serving it. @returns The exit status: 0 right, 1 problems. */
export async function check(target: string | undefined, options: CheckOptions): Promise<number> {
  if (options.schema) return printJson(siteJsonSchema(), 0)
  const { problems, warnings, routeCount } = await findProblems(target)
  const status = problems.length > 0 ? 1 : 0
  if (options.json) return printJson({ isRight: status === 0, problems, warnings }, status)
  for (const problem of problems) process.stdout.write(`${formatProblem(problem)}\n`)
  for (const warning of warnings) process.stdout.write(`warning: ${formatProblem(warning)}\n`)
  if (status === 0) process.stdout.write(`The site is right: ${routeCount} routes\n`)
  return status
}

interface Findings {
  readonly problems: readonly ConfigProblem[]
  readonly warnings: readonly ConfigProblem[]
  readonly routeCount: number
}

async function findProblems(target: string | undefined): Promise<Findings> {
  try {
    const { site, warnings } = await loadSite(target)
    const found: ConfigProblem[] = [...warnings]
    const warn = (message: string): void => {
      found.push({ file: site.file ?? site.folder, path: '', message })
    }
    await checkTls(site, warn)
    await buildRoutes({ site, serverSoftware: '', isProtected: protectedPaths(site), warn })
    return { problems: [], warnings: found, routeCount: site.routes.length }
  } catch (error) {
    if (error instanceof ConfigError)
      return { problems: error.problems, warnings: [], routeCount: 0 }
    const message = error instanceof Error ? error.message : String(error)
    const path = error instanceof TlsFileError ? `tls.${error.key}` : ''
    return { problems: [{ file: target ?? '.', path, message }], warnings: [], routeCount: 0 }
  }
}

/** @throws {Error} When TLS cannot be spoken with the files that are named. */
async function checkTls({ tls }: SiteConfig, warn: (message: string) => void): Promise<void> {
  if (tls === undefined) return
  const { certificate } = await readTlsMaterial(tls)
  const validity = validityWarning(tls, certificate, Date.now())
  for (const one of [validity, await keyModeWarning(tls)]) if (one !== undefined) warn(one)
}

function printJson(value: unknown, status: number): number {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
  return status
}
