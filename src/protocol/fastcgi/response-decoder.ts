import { RecordDecoder, type RecordPart } from './record-decoder.ts'
import { RecordType, REQUEST_ID, VERSION } from './record.ts'

/** What an application says in answer to a request. */
export type ResponseEvent =
  /** Part of the answer, never empty. */
  | { readonly kind: 'output'; readonly bytes: Uint8Array }
  /** Part of what goes to an error log, never empty. */
  | { readonly kind: 'errors'; readonly bytes: Uint8Array }
  /** The answer is over. */
  | { readonly kind: 'end'; readonly appStatus: number; readonly protocolStatus: number }
  /** What comes cannot be an answer, as half a sentence; nothing follows. */
  | { readonly kind: 'violation'; readonly problem: string }

/** Bytes of an END_REQUEST's content: status of the application, of the protocol, reserved. */
const END_BYTES = 8

/**
 * Reads the answer to one request, chunk by chunk.
 *
 * An application need not end its streams with empty records before END_REQUEST, and many do not.
 * Records that belong to no request are passed over. What comes after the end is no part of the
 * answer and does it no harm, but nothing can be asked on that connection any more.
 *
 * @see FastCGI Specification 1.0 §5.3, §5.5
 */
export class ResponseDecoder {
  readonly #records = new RecordDecoder()
  readonly #endContent = new Uint8Array(END_BYTES)
  #endFilled = 0
  #isOutputOver = false
  #isOver = false
  #hasMore = false

  /** True when the answer has ended and not a byte came after it: the connection is as new. */
  get isClean(): boolean {
    return this.#isOver && !this.#hasMore && this.#records.isBetween
  }

  push(chunk: Uint8Array): ResponseEvent[] {
    const events: ResponseEvent[] = []
    for (const part of this.#records.push(chunk)) {
      if (this.#isOver) {
        this.#hasMore = true
        break
      }
      const event = this.#interpret(part)
      if (event === undefined) continue
      events.push(event)
      if (event.kind === 'violation') break
    }
    return events
  }

  #interpret(part: RecordPart): ResponseEvent | undefined {
    const problem = this.#problemOf(part)
    if (problem !== undefined) return { kind: 'violation', problem }
    const { header, content } = part
    if (header.requestId === 0) return undefined
    if (header.type === RecordType.EndRequest) return this.#end(part)
    if (header.type === RecordType.Stderr) {
      return content.length === 0 ? undefined : { kind: 'errors', bytes: content }
    }
    if (content.length > 0) return { kind: 'output', bytes: content }
    this.#isOutputOver = true
    return undefined
  }

  #problemOf({ header }: RecordPart): string | undefined {
    const { version, type, requestId, contentBytes } = header
    if (version !== VERSION) return `a record has version ${version}, expected ${VERSION}`
    if (requestId === 0) return undefined
    if (requestId !== REQUEST_ID) return `a record is for request ${requestId}, none was sent`
    if (type === RecordType.EndRequest) {
      const found = `END_REQUEST has ${contentBytes} bytes, expected ${END_BYTES}`
      return contentBytes === END_BYTES ? undefined : found
    }
    if (type === RecordType.Stderr) return undefined
    if (type !== RecordType.Stdout) {
      return `a record has type ${type}, expected STDOUT, STDERR or END_REQUEST`
    }
    return this.#isOutputOver && contentBytes > 0 ? 'output came after its end' : undefined
  }

  #end({ content, isLast }: RecordPart): ResponseEvent | undefined {
    this.#endContent.set(content, this.#endFilled)
    this.#endFilled += content.length
    if (!isLast) return undefined
    this.#isOver = true
    const view = new DataView(this.#endContent.buffer)
    return { kind: 'end', appStatus: view.getUint32(0), protocolStatus: view.getUint8(4) }
  }
}
