import type { SecureContextOptions, TLSSocket } from 'node:tls'
import { Refusal } from '../../base/refusal.ts'
import type { CertificateSubject } from '../../routing/answer.ts'

/** How the connections of a listener are encrypted. */
export interface Encryption {
  /** What `tls.createSecureContext` takes. */
  readonly context: SecureContextOptions
  /** Whether clients are asked for a certificate, and whether those without are served. */
  readonly clientCertificates: 'none' | 'optional' | 'required'
}

/** What is known of an encrypted connection. */
export interface EncryptedPeer {
  /** `TLSv1.3` */
  readonly version: string
  /** Of a certificate that was verified; undefined when there was none. */
  readonly subject: CertificateSubject | undefined
  /** The subject of whatever certificate was sent, for people. */
  readonly shown: string | undefined
  /** Why that one is not believed. */
  readonly problem: string | undefined
  /** True when only clients with a certificate that is believed are served. */
  readonly mustBeKnown: boolean
}

/** Subjects are journalled up to this many characters. */
const SHOWN_CHARS_MAX = 256
/** Names of one certificate that are looked at. */
const NAMES_MAX = 16

/** Why a certificate is not believed, in words that help; by OpenSSL's name. */
const reasons: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: "it is not valid yet: is this server's clock right?",
  DEPTH_ZERO_SELF_SIGNED_CERT: 'signed by itself, and not in tls.clientCaFile',
  SELF_SIGNED_CERT_IN_CHAIN: 'signed by nobody in tls.clientCaFile',
  UNABLE_TO_GET_ISSUER_CERT: 'its signer is not in tls.clientCaFile',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'signed by nobody in tls.clientCaFile',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'signed by nobody in tls.clientCaFile',
  INVALID_PURPOSE: 'it is not made for clients',
}

/** What a handshake that has ended says of the client. */
export function encryptedPeer(
  socket: TLSSocket,
  { clientCertificates }: Pick<Encryption, 'clientCertificates'>,
): EncryptedPeer {
  const version = socket.getProtocol() ?? 'TLS'
  const mustBeKnown = clientCertificates === 'required'
  const nothing = { version, mustBeKnown, subject: undefined, shown: undefined, problem: undefined }
  if (clientCertificates === 'none') return nothing
  const certificate = socket.getPeerCertificate()
  if (Object.keys(certificate).length === 0) return nothing
  const shown = shownSubject(certificate.subject)
  if (!socket.authorized) return { ...nothing, shown, problem: reasonOf(socket.authorizationError) }
  return { ...nothing, shown, subject: subjectOf(certificate) }
}

/** @throws {Refusal} `ACCESS_DENIED` when a certificate is required and none is believed. */
export function checkCertificate(peer: EncryptedPeer | undefined): void {
  if (peer?.mustBeKnown !== true || peer.subject !== undefined) return
  const found =
    peer.shown === undefined ? 'it sent none' : `that of ${peer.shown} counts not: ${peer.problem}`
  const message = `The client has to show a certificate (tls.clientCertificates), but ${found}`
  throw new Refusal('ACCESS_DENIED', message, { wireMessage: 'A client certificate is needed' })
}

/** Node has the name of the error there, whatever its types say. */
function reasonOf(error: unknown): string {
  const name = error instanceof Error ? error.message : String(error)
  return reasons[name] ?? name
}

type Field = string | readonly string[] | undefined

/** Several of a kind say nothing: which one would it be? */
function only(field: Field): string | undefined {
  return typeof field === 'string' && field !== '' ? field : undefined
}

function subjectOf(certificate: {
  readonly subject: unknown
  readonly subjectaltname?: string | undefined
}): CertificateSubject {
  const { CN, serialNumber } = fieldsOf(certificate.subject)
  const alternativeNames = dnsNames(certificate.subjectaltname ?? '')
  return {
    ...(only(CN) === undefined ? {} : { CN: only(CN) }),
    ...(only(serialNumber) === undefined ? {} : { serialNumber: only(serialNumber) }),
    ...(alternativeNames.length === 0 ? {} : { alternativeNames }),
  }
}

/**
 * `DNS:a.example, IP Address:10.0.0.1`: of the names only plain ones. Node puts names with a comma
 * or a quote into quotes, so that no name can pretend to be two.
 */
function dnsNames(list: string): readonly string[] {
  if (list.includes('"')) return []
  const found = list.split(', ').flatMap((one) => /^DNS:([\w.:-]{1,253})$/.exec(one)?.[1] ?? [])
  return found.slice(0, NAMES_MAX)
}

/** A subject may be empty: Node has none then. */
function fieldsOf(subject: unknown): Readonly<Record<string, Field>> {
  return (subject ?? {}) as Readonly<Record<string, Field>>
}

function shownSubject(subject: unknown): string {
  const fields = Object.entries(fieldsOf(subject))
  if (fields.length === 0) return 'no subject'
  const text = fields.map(([name, value]) => `${name}=${String(value)}`).join(', ')
  return text.slice(0, SHOWN_CHARS_MAX)
}
