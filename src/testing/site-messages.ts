import { loadSite } from '../config/load.ts'
import { ConfigError, formatProblem } from '../config/problems.ts'
import { writtenFolder } from './written-folder.ts'

/**
 * What is said of a site: problems, or warnings behind `warning: `. The site's folder reads as
 * `/srv/site`.
 */
export async function siteMessages(files: Readonly<Record<string, string>>): Promise<string[]> {
  await using folder = await writtenFolder(files)
  const said = await messagesOf(folder.path)
  return said.map((message) => message.replaceAll(folder.path, '/srv/site'))
}

/** The same for a `trivet.yaml`, without the name of the file: `4 routes[0].name: …`. */
export async function yamlMessages(
  yaml: string,
  files: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const said = await siteMessages({ ...files, 'trivet.yaml': yaml })
  return said.map((message) => message.replace('/srv/site/trivet.yaml:', ''))
}

async function messagesOf(target: string): Promise<string[]> {
  try {
    const { warnings } = await loadSite(target)
    return warnings.map((warning) => `warning: ${formatProblem(warning)}`)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(formatProblem)
  }
}
