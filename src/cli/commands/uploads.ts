import { resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createTwoFilesPatch } from 'diff'
import { secretPlace } from '../../server/open-inventory.ts'
import {
  latestVersion,
  UploadsView,
  type ViewedUpload,
  type ViewedVersion,
} from '../../server/uploads-view.ts'
import { CommandError, ExitStatus } from '../command-error.ts'
import { loadSiteOrExit } from '../load-site-or-exit.ts'
import { table } from '../table.ts'

const CONTEXT_LINES = 3
/** Larger files are not compared line by line, in bytes. */
const COMPARED_BYTES_MAX = 8 * 1024 * 1024
/** Where a NUL within so many bytes is found, a file is no text: as git has it. */
const TEXT_PROBE_BYTES = 8000

export interface UploadsCliOptions {
  readonly site?: string
  readonly state?: string
  readonly json?: boolean
  /** Of `list`: only what this device, or address, has written. */
  readonly device?: string
  /** Of `show` and `diff`: the folder, where several have a file of that name. */
  readonly folder?: string
  /** Of `show`: which version; undefined: the latest. */
  readonly version?: number
}

/** Lists what is kept. */
export async function listUploads(options: UploadsCliOptions): Promise<number> {
  const { device } = options
  const all = await (await openView(options)).list()
  const uploads = device === undefined ? all : all.filter((upload) => isOf(upload, device))
  if (options.json) printJson(uploads)
  else if (uploads.length === 0) process.stdout.write('Nothing is kept\n')
  else process.stdout.write(table([HEAD, ...uploads.map(rowOf)]))
  return ExitStatus.done
}

const HEAD = ['name', 'versions', 'bytes', 'latest', 'written by', 'owner', 'kept in']

function rowOf(upload: ViewedUpload): readonly string[] {
  const latest = latestVersion(upload)
  const numbers = upload.versions.map(({ number }) => number)
  const [first = latest.number] = numbers
  const range = numbers.length === 1 ? `${first}` : `${first} to ${latest.number}`
  const writer = latest.device ?? latest.address
  const at = latest.at.slice(0, 19).replace('T', ' ')
  return [upload.name, range, String(latest.bytes), at, writer, upload.owner, upload.place]
}

function isOf({ owner, versions }: ViewedUpload, device: string): boolean {
  const keys = [`device ${device}`, `address ${device}`]
  return (
    keys.includes(owner) || versions.some((one) => one.device === device || one.address === device)
  )
}

/** Prints a version, to the byte; with `--json` what is known of it. */
export async function showUpload(name: string, options: UploadsCliOptions): Promise<number> {
  const view = await openView(options)
  const upload = await findUpload(view, name, options)
  if (options.json) {
    const { version, bytes } = await readVersion(view, upload, options.version)
    printJson({ ...upload, version, text: textOf(bytes) ?? null })
    return ExitStatus.done
  }
  const version = versionOf(upload, options.version)
  await using handle = version && (await view.open(upload, version))
  if (handle === undefined) throw noVersion(upload, options.version)
  // Firmware that a device wrote back may be larger than memory.
  await pipeline(handle.createReadStream({ autoClose: false }), process.stdout, { end: false })
  return ExitStatus.done
}

/**
 * Says how two versions differ: by default the latest and the one before.
 *
 * @returns 0: not at all, 1: they do, as diff(1).
 */
export async function diffUploads(
  name: string,
  numbers: { readonly before: number | undefined; readonly after: number | undefined },
  options: UploadsCliOptions,
): Promise<number> {
  const view = await openView(options)
  const upload = await findUpload(view, name, options)
  const [before, after] = await Promise.all(
    chosen(upload, numbers).map((number) => readVersion(view, upload, number)),
  )
  if (before === undefined || after === undefined) throw new TypeError('Two versions are needed')
  const isSame = before.bytes.equals(after.bytes)
  const text = isSame ? '' : patchOf(name, before, after)
  if (options.json) {
    const versions = [before.version, after.version]
    printJson({ name, differs: !isSame, versions, diff: text })
  } else process.stdout.write(text)
  return isSame ? ExitStatus.done : ExitStatus.refused
}

/** Which versions are compared. A number alone is compared with the latest. */
function chosen(
  upload: ViewedUpload,
  { before, after }: { readonly before: number | undefined; readonly after: number | undefined },
): readonly number[] {
  const latest = latestVersion(upload).number
  const previous = upload.versions.at(-2)?.number
  if (before === undefined && previous === undefined) {
    const message = `Cannot compare "${upload.name}": only version ${latest} is kept`
    throw new CommandError(message, ExitStatus.usage)
  }
  return [before ?? previous ?? latest, after ?? latest]
}

function patchOf(name: string, before: ViewedVersion, after: ViewedVersion): string {
  const titles = [before, after].map(({ version: { number } }) => `${name} version ${number}`)
  const [from = name, to = name] = titles
  const texts = [before, after].map(({ bytes }) => textOf(bytes))
  const [old, next] = texts
  if (old === undefined || next === undefined) return `Binary files ${from} and ${to} differ\n`
  const [oldAt, nextAt] = [before.version.at, after.version.at]
  return createTwoFilesPatch(from, to, old, next, oldAt, nextAt, {
    context: CONTEXT_LINES,
  }).replace(/^=+\n/, '')
}

/** Undefined for what is no text, or too much of it to be compared. */
function textOf(bytes: Buffer): string | undefined {
  const isBinary = bytes.subarray(0, TEXT_PROBE_BYTES).includes(0)
  return isBinary || bytes.length > COMPARED_BYTES_MAX ? undefined : bytes.toString('utf8')
}

async function openView({ site: target, state }: UploadsCliOptions): Promise<UploadsView> {
  const { site } = await loadSiteOrExit(target)
  const place = {
    siteFolder: site.folder,
    state: state === undefined ? undefined : resolve(state),
    store: undefined,
  }
  const warn = (message: string): void => void process.stderr.write(`warning: ${message}\n`)
  return new UploadsView(site, { stateFolder: secretPlace(place).stateFolder, warn })
}

async function findUpload(
  view: UploadsView,
  written: string,
  { folder }: UploadsCliOptions,
): Promise<ViewedUpload> {
  const name = written.replace(/^\/+/, '')
  const found = (await view.list()).filter(
    (upload) => upload.name === name && (folder === undefined || upload.place === folder),
  )
  const [upload, other] = found
  if (upload === undefined) {
    throw new CommandError(`No upload "${name}" is kept`, ExitStatus.refused)
  }
  if (other !== undefined) {
    const places = found.map(({ place }) => place).join(', ')
    const message = `"${name}" is kept in several places, ${places}: say which by --folder`
    throw new CommandError(message, ExitStatus.usage)
  }
  return upload
}

async function readVersion(
  view: UploadsView,
  upload: ViewedUpload,
  number: number | undefined,
): Promise<ViewedVersion> {
  const version = versionOf(upload, number)
  const read = version && (await view.read(upload, version))
  if (read === undefined) throw noVersion(upload, number)
  return read
}

/** Of this number; by default the latest. */
function versionOf(
  upload: ViewedUpload,
  number: number = latestVersion(upload).number,
): ViewedUpload['versions'][number] | undefined {
  return upload.versions.find((one) => one.number === number)
}

function noVersion(upload: ViewedUpload, number = latestVersion(upload).number): CommandError {
  const kept = upload.versions.map((one) => one.number).join(', ')
  const message = `"${upload.name}" has no version ${number}; kept: ${kept}`
  return new CommandError(message, ExitStatus.refused)
}

function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}
