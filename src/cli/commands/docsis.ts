import { readFile, writeFile } from 'node:fs/promises'
import { buffer as readAll } from 'node:stream/consumers'
import { stringify } from 'yaml'
import { Refusal } from '../../base/refusal.ts'
import { ConfigError, formatProblem } from '../../config/problems.ts'
import { type DocsisContent, docsisContent } from '../../server/docsis-content.ts'
import { signedDocsisFile } from '../../server/docsis-file.ts'
import { docsisSecret } from '../../server/docsis-route.ts'
import { docsisSettings } from '../../server/docsis-settings.ts'
import { CommandError, ExitStatus } from '../command-error.ts'

export interface DocsisDecodeOptions {
  readonly secretFile?: string
  readonly json?: boolean
}

export interface DocsisEncodeOptions {
  readonly secretFile: string
  readonly output?: string
}

/** Prints what a file of a modem holds. */
export async function decodeDocsis(file: string, options: DocsisDecodeOptions): Promise<number> {
  const { secretFile, json } = options
  const bytes = await input(file)
  const content = expecting(() => {
    return docsisContent(bytes, secretFile === undefined ? undefined : docsisSecret(secretFile))
  })
  process.stdout.write(json ? `${JSON.stringify(content, undefined, 2)}\n` : inYaml(content))
  const isRight =
    content.isEnded &&
    content.strayBytes === 0 &&
    content.cmMic === 'right' &&
    ['right', 'unchecked'].includes(content.cmtsMic)
  return isRight ? ExitStatus.done : ExitStatus.refused
}

/** Makes the file of settings in YAML. */
export async function encodeDocsis(file: string, options: DocsisEncodeOptions): Promise<number> {
  const yaml = (await input(file)).toString('utf8')
  try {
    const tlvs = docsisSettings(yaml, file === '-' ? 'standard input' : file)
    const bytes = expecting(() => signedDocsisFile(tlvs, docsisSecret(options.secretFile)))
    await output(bytes, options.output)
    return ExitStatus.done
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const problem of error.problems) process.stderr.write(`${formatProblem(problem)}\n`)
    return ExitStatus.usage
  }
}

/** Notes first: they are comments, so that the whole can be encoded again. */
function inYaml({ settings, cmMic, cmtsMic, isEnded, strayBytes }: DocsisContent): string {
  const secretHint = cmtsMic === 'unchecked' ? ' (--secret-file names the secret)' : ''
  const notes = [
    `# CM MIC: ${cmMic}`,
    `# CMTS MIC: ${cmtsMic}${secretHint}`,
    ...(isEnded ? [] : ['# There is no end of data: the file may be cut off']),
    ...(strayBytes === 0 ? [] : [`# ${strayBytes} bytes behind the end of data are no padding`]),
  ]
  return `${notes.join('\n')}\n${stringify(settings, { lineWidth: 0, aliasDuplicateObjects: false })}`
}

async function input(file: string): Promise<Buffer> {
  if (file === '-') return await readAll(process.stdin)
  return await localFile(file, () => readFile(file))
}

async function output(bytes: Uint8Array, file: string | undefined): Promise<void> {
  if (file === undefined) process.stdout.write(bytes)
  else await localFile(file, () => writeFile(file, bytes))
}

async function localFile<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CommandError(`Cannot open "${file}" (${code})`, ExitStatus.localFile)
  }
}

function expecting<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refusal) throw new CommandError(error.message, ExitStatus.usage)
    throw error
  }
}
