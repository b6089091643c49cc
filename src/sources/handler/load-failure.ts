import { execFile } from 'node:child_process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

/** What a check of the syntax may take, in milliseconds. */
const CHECK_MS = 10_000

/**
 * Says why a module could not be loaded, with the file and the line where the loader knows them.
 *
 * @param file - Absolute path of the module.
 */
export async function loadFailure(error: unknown, file: string): Promise<string> {
  if (!(error instanceof Error)) return `it threw ${String(error)}`
  const { code, url } = error as NodeJS.ErrnoException & { readonly url?: string }
  const isItself = url === pathToFileURL(file).href
  if (isItself && code === 'ERR_MODULE_NOT_FOUND') return `there is no file ${file}`
  if (isItself && code === 'ERR_UNSUPPORTED_DIR_IMPORT') return `${file} is a folder`
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return `${error.message}: only types that can be erased run unbuilt${at(placeIn(error.stack))}`
  }
  if (error instanceof SyntaxError) {
    return `${error.message}${at(placeIn(error.stack) ?? (await checkedPlace(file)))}`
  }
  if (code?.startsWith('ERR_') === true) return error.message
  return `it threw "${error.message}"${at(frameIn(error.stack))}`
}

/** The loader writes the place before the error, if it knows it. */
function placeIn(stack: string | undefined): string | undefined {
  const first = stack?.split('\n', 1)[0] ?? ''
  return /:\d+$/.test(first) ? plain(first) : undefined
}

/** Where in the modules of a site it was thrown: the first line of the stack that is a file's. */
function frameIn(stack: string | undefined): string | undefined {
  const frame = /file:\/\/[^\s)]+:\d+(?=:\d+)/.exec(stack ?? '')?.[0]
  return frame === undefined ? undefined : plain(frame)
}

/**
 * The engine keeps the place of a JavaScript syntax error to itself; a check of the file tells it.
 */
async function checkedPlace(file: string): Promise<string | undefined> {
  try {
    await promisify(execFile)(process.execPath, ['--check', file], { timeout: CHECK_MS })
    return 'in a module that it imports'
  } catch (error) {
    const place = placeIn((error as { readonly stderr?: string }).stderr)
    return place?.startsWith(file) === true ? place : undefined
  }
}

function plain(place: string): string {
  const [, url = '', line = ''] = /^(file:.*):(\d+)$/.exec(place) ?? []
  return url === '' ? place : `${fileURLToPath(url)}:${line}`
}

function at(place: string | undefined): string {
  return place === undefined ? '' : ` (${place})`
}
