import { closest, distance } from 'fastest-levenshtein'
import { ConfigError, formatPath } from '../config/problems.ts'
import { parseYaml } from '../config/yaml-document.ts'
import { encodeSettings, type SettingProblem } from '../protocol/docsis/encode-settings.ts'
import type { Tlv } from '../protocol/docsis/tlv.ts'

/** Longest YAML that is read, in characters; the file it becomes has at most 65536 bytes. */
const YAML_LENGTH_MAX = 1024 * 1024

/**
 * Reads the settings of a cable modem from YAML.
 *
 * @param file - The file, as messages name it.
 * @throws {ConfigError} With everything that is wrong, and its line.
 */
export function docsisSettings(yaml: string, file: string): readonly Tlv[] {
  if (yaml.length > YAML_LENGTH_MAX) {
    const message = `has ${yaml.length} characters, at most ${YAML_LENGTH_MAX} are allowed`
    throw new ConfigError([{ file, path: '', message }])
  }
  const document = parseYaml(yaml, file)
  const { tlvs, problems } = encodeSettings(document.value)
  if (problems.length === 0) return tlvs
  throw new ConfigError(
    problems.map((problem) => {
      const { path } = problem
      return { file, ...document.locate(path), path: formatPath(path), message: messageOf(problem) }
    }),
  )
}

function messageOf({ path, message, names = [] }: SettingProblem): string {
  if (names.length === 0) return message
  const written = String(path.at(-1))
  const near = closest(written, [...names])
  const isNear = distance(written, near) <= Math.max(2, near.length / 3)
  return `${message}${isNear ? `: did you mean "${near}"?` : ''}`
}
