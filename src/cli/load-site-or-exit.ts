import { loadSite, type LoadedSite } from '../config/load.ts'
import { ConfigError, formatProblem } from '../config/problems.ts'

/** Loads a site; prints every problem and ends the program with status 2 when there is one. */
export async function loadSiteOrExit(target: string | undefined): Promise<LoadedSite> {
  try {
    return await loadSite(target)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const problem of error.problems) process.stderr.write(`${formatProblem(problem)}\n`)
    process.exit(2)
  }
}
