import { createHash } from 'node:crypto'
import { type Inputs, isDeclined, type RequestContext, type Source } from '../../routing/source.ts'
import type { CmtsSecret } from './cmts-secret.ts'

export interface EncodeOptions {
  /** The name that was asked, for messages. */
  readonly path: string
  readonly secret: Uint8Array
}

export interface DocsisParts {
  readonly secret: CmtsSecret
  /**
   * Makes the file of settings in YAML.
   *
   * @throws {Refusal} `GENERATOR_FAILED` saying what is wrong with them, and where.
   */
  readonly encode: (yaml: string, how: EncodeOptions) => Uint8Array
}

/**
 * Makes configuration files of cable modems: another source makes the settings in YAML, this one
 * the bytes, with the checks of modem and CMTS.
 */
export function docsisSource(yamlSource: Source, { secret, encode }: DocsisParts): Source {
  return async (request, context) => {
    let yamlInputs: Inputs | undefined
    const keepInputs = (inputs: Inputs): void => {
      yamlInputs = inputs
    }
    const response = await yamlSource(request, innerContext(context, keepInputs))
    if (isDeclined(response) || !response.ok) return response
    const { bytes, isCurrent } = secret.read()
    const file = encode(await response.text(), { path: context.path.text, secret: bytes })
    const inputs = yamlInputs
    if (inputs !== undefined) {
      context.madeFrom({
        isCurrent: () => inputs.isCurrent() && isCurrent(),
        isComplete: inputs.isComplete,
      })
    }
    return fileResponse(file)
  }
}

/** What the other source sees of the request; only what its file is made from is heard here. */
function innerContext(context: RequestContext, madeFrom: (inputs: Inputs) => void): RequestContext {
  // Signal and device are looked at late: each look at the device makes the file depend on it.
  return Object.create(context, {
    madeFrom: { value: madeFrom },
    signal: { get: () => context.signal },
    device: { get: () => context.device },
  }) as RequestContext
}

function fileResponse(file: Uint8Array): Response {
  const hash = createHash('sha256').update(file).digest('base64url').slice(0, 22)
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': String(file.length),
    etag: `"${hash}"`,
  }
  return new Response(Buffer.from(file), { headers })
}
