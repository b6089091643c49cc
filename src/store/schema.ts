/**
 * The tables of both engines. What is looked for has columns; the rest is JSON text, which keeps
 * the order of keys and every character, unlike PostgreSQL's `jsonb`.
 */
export interface Schema {
  readonly state: StateRow
  readonly record: RecordRow
  readonly identifier: IdentifierRow
  readonly revision: RevisionRow
  readonly edit: EditRow
  readonly inbox: InboxRow
  readonly delivery: DeliveryRow
  readonly secret: SecretRow
  readonly enrolment: EnrolmentRow
  readonly token: TokenRow
}

/** One row. */
interface StateRow {
  /** Always 1. */
  readonly id: number
  /** How many migrations have been made. */
  readonly format: number
  /** The latest revision; 0 before the first. */
  readonly revision: number
}

/** A device or a class as it is now. Primary key: kind and key. */
interface RecordRow {
  readonly kind: 'device' | 'class'
  readonly key: string
  /** That last changed it. */
  readonly revision: number
  /** JSON. */
  readonly body: string
}

/** What only one device may have. Primary key: kind and value. */
interface IdentifierRow {
  readonly kind: 'mac' | 'serial' | 'uuid' | 'name'
  /** In the spelling by which it is found. */
  readonly value: string
  readonly device: string
}

interface RevisionRow {
  readonly number: number
  readonly at: number
  readonly who: string
  readonly why: string
  readonly edit_count: number
}

/** Primary key: revision and position. */
interface EditRow {
  readonly revision: number
  readonly position: number
  readonly kind: 'device' | 'class'
  readonly key: string
  /** JSON. */
  readonly before: string | null
  /** JSON. */
  readonly after: string | null
}

interface InboxRow {
  readonly key: string
  readonly at: number
  readonly first_at: number
  readonly count: number
  readonly address: string
  readonly path: string
  /** JSON. */
  readonly guess: string
}

/** Primary key: device and path_hash. */
interface DeliveryRow {
  readonly device: string
  /** SHA-256: an index of PostgreSQL takes no texts over 2,704 bytes, and a path may have 4,096. */
  readonly path_hash: string
  readonly path: string
  readonly asked_at: number
  /** Null when there was never a complete delivery; then the others are null too. */
  readonly delivered_at: number | null
  readonly front: 'tftp' | 'http' | null
  readonly address: string | null
  readonly bytes: number | null
  readonly hash: string | null
}

interface SecretRow {
  readonly name: string
  readonly key_id: string
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
  readonly at: number
}

interface EnrolmentRow {
  readonly device: string
  readonly until: number
}

interface TokenRow {
  readonly id: string
  readonly label: string
  readonly role: 'viewer' | 'editor' | 'administrator'
  readonly hash: string
  readonly created_at: number
}
