import { statSync } from 'node:fs'
import { relative } from 'node:path'
import type { Inputs, RequestContext, Source } from '../../routing/source.ts'
import { locateScript } from './locate-script.ts'
import type { CgiOptions } from './options.ts'
import { type CgiParts, scriptEnvironment } from './script-environment.ts'
import type { ScriptInput } from './script-input.ts'
import { ScriptPlaces } from './script-places.ts'
import { type ScriptLaunch, type ScriptProcess, startScript } from './script-process.ts'
import { scriptResponse } from './script-response.ts'
import { ScriptRun } from './script-run.ts'

/**
 * Runs executables: what they print is the file (RFC 3875).
 *
 * No shell is involved, and nothing of the server's environment is passed on. A query without `=`
 * is not split into arguments, though RFC 3875 §4.4 would have it: a device could so give options
 * to any program that takes some.
 */
export function cgiSource(options: CgiOptions, parts: CgiParts): Source {
  const places = new ScriptPlaces(options)
  return async (request, context) => {
    const script = await locateScript(options, parts.siteFolder, context)
    if (script === undefined) return context.decline()
    context.madeFrom(scriptInputs(script.file))
    const input = inputOf(request, context)
    const asked = { request, context, script, contentBytes: input?.announcedBytes }
    const name = relative(parts.siteFolder, script.file)
    const title = `Cannot generate ${context.path.text}: script ${name}`
    const process = await startInTurn(places, context.signal, {
      file: script.file,
      title,
      arguments: options.arguments,
      environment: { ...scriptEnvironment(asked, parts), ...options.environment },
      hasInput: input !== undefined,
    })
    const note = (text: string): void => context.note(text)
    const { outputBytesMax, cgiHeaders } = options
    const run = new ScriptRun(process, {
      title,
      input,
      outputBytesMax,
      signal: context.signal,
      note,
    })
    return scriptResponse(run, { cgiHeaders, isUpload: input !== undefined, note })
  }
}

/** A kept file is made anew when its script has changed. */
function scriptInputs(file: string): Inputs {
  const before = stampOf(file)
  return { isCurrent: () => stampOf(file) === before, isComplete: false }
}

function stampOf(file: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true })
    return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`
  } catch {
    return undefined
  }
}

/** Holds a place from before the start until the script has ended. */
async function startInTurn(
  places: ScriptPlaces,
  signal: AbortSignal,
  launch: ScriptLaunch,
): Promise<ScriptProcess> {
  const release = await places.take(signal)
  try {
    const process = await startScript(launch)
    void process.exited.then(release)
    return process
  } catch (error) {
    release()
    throw error
  }
}

function inputOf(request: Request, context: RequestContext): ScriptInput | undefined {
  if (request.body === null) return undefined
  // Some TFTP clients announce 0 for what they do not know; a script needs no length to find the
  // end of its input.
  const isUnknown = context.front === 'tftp' && context.uploadBytes === 0
  return {
    body: request.body,
    announcedBytes: isUnknown ? undefined : context.uploadBytes,
  }
}
