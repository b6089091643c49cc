import type { RenditionAsk } from '../rendition/rendition-ask.ts'
import { shareKey, visibleHeaders } from '../rendition/share-key.ts'
import type { Patience } from '../routing/route.ts'
import type { Inputs, KnownDevice } from '../routing/source.ts'
import type { Asker } from './asker.ts'
import { NoteBook } from './note-book.ts'
import { callSource, type SourceCall } from './source-call.ts'

/** What a request at a route asks of the renditions. */
export function renditionAsk(call: SourceCall, patience: Patience, asker: Asker): RenditionAsk {
  const { ask, route, params, path } = call
  const { front, clientAddress } = ask
  const headers = visibleHeaders(ask.headers, patience)
  const target = path.query === '' ? path.text : `${path.text}?${path.query}`
  const deviceId = patience.share === 'device' ? asker.record?.id : undefined
  const question = {
    route: route.name,
    patience,
    target,
    params,
    front,
    clientAddress,
    headers,
    ...(deviceId === undefined ? {} : { deviceId }),
    ownKey: asker.ownKey,
  }
  return {
    key: shareKey(question),
    path: path.text,
    route: route.name,
    patience,
    deadlineMs: route.deadlineMs,
    clientAddress,
    requestHeaders: headers,
    make: (rendition, signalOf) => {
      let notes: NoteBook | undefined
      const note = (text: string): void => {
        notes ??= new NoteBook()
        notes.add(text)
        rendition.notes = notes.text
      }
      rendition.inputs = { isCurrent: () => asker.isCurrent(), isComplete: false }
      const madeFrom = (inputs: Inputs): void => {
        const isCurrent = (): boolean => asker.isCurrent() && inputs.isCurrent()
        rendition.inputs = { isCurrent, isComplete: inputs.isComplete }
      }
      const deviceOf = (): KnownDevice | undefined => asker.device
      return callSource(call, { signalOf, note, madeFrom, deviceOf, headers })
    },
  }
}
