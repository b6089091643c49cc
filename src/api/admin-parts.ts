import type { ValueChange } from '../inventory/diff.ts'
import type { InventoryProblem } from '../inventory/problem.ts'
import type { FrontName, Method } from '../routing/source.ts'
import type { LiveInventory } from '../store/live-inventory.ts'
import type { Edit, Store } from '../store/store.ts'
import type { JournalFeed } from './journal-feed.ts'

/** What the administration needs of the server, which makes it. */
export interface AdminParts {
  /** Of the program. */
  readonly version: string
  /** The inventory where there is one: to ask makes none. @throws {StoreError} */
  existing(): Promise<OpenedInventory | undefined>
  /** The inventory, made when there is none. @throws {StoreError} */
  opened(): Promise<OpenedInventory>
  /** What would become of a request. @throws {Refusal} When its name is refused. */
  explain(question: ExplainQuestion): Promise<ExplainedRequest>
  /** What a change would do. */
  impact(edits: readonly Edit[]): Promise<ImpactReport>
  /** Takes what a DHCP server tells. @throws {StoreError} @throws {Refusal} */
  leased(lease: ReportedLease): Promise<void>
  /** The inventory as a text that people keep and edit; undefined: this server has none. */
  readonly text: InventoryText | undefined
  readonly feed: JournalFeed
  /** Takes what is no fault of who asks. */
  onFailure(error: unknown): void
  /** Milliseconds since 1970. */
  now(): number
}

/** An inventory that is open. */
export interface OpenedInventory {
  readonly store: Store
  readonly live: LiveInventory
  readonly secrets: SecretKeeper
}

/** Sets secrets and names them; reads none. */
export interface SecretKeeper {
  /** By name. */
  list(): readonly SecretName[]
  /** @throws {SecretError} @throws {StoreError} */
  set(name: string, text: string, at: number): Promise<void>
  /** @returns False when there was none. */
  remove(name: string): Promise<boolean>
}

/** What may be known of a secret. */
interface SecretName {
  readonly name: string
  /** When it was set, milliseconds since 1970. */
  readonly at: number
  /** Of the key that it is encrypted with. */
  readonly keyId: string
  /** Why it cannot be read; undefined: it can. */
  readonly problem?: string
}

/** What a DHCP server tells of an address. */
export interface ReportedLease {
  readonly ip: string
  readonly mac: string
  readonly hostname?: string | undefined
  /** Milliseconds since 1970; 0: it was given back. */
  readonly expiresAt: number
}

/** A request that is only thought of. */
export interface ExplainQuestion {
  /** The name as a device would send it. */
  readonly name: string
  readonly front: FrontName
  readonly method: Method
  readonly clientAddress: string
}

/** What would become of it. */
export interface ExplainedRequest {
  readonly path: string
  readonly query: string
  readonly device?: { readonly id: string; readonly classes: readonly string[] }
  /** In the order in which they are tried. */
  readonly routes: readonly object[]
}

/** What a change would do, or why it would be refused. */
export interface ImpactReport {
  readonly problems: readonly InventoryProblem[]
  readonly devices: readonly {
    readonly device: string
    readonly changes: readonly ValueChange[]
    readonly problem?: InventoryProblem
  }[]
  /** Files that devices are known to have asked for. */
  readonly files: {
    readonly compared: number
    /** Not compared, because there were too many. */
    readonly left: number
    readonly files: readonly FileChange[]
  }
}

/** A known file that would be another. */
export interface FileChange {
  readonly device: string
  readonly path: string
  readonly kind: 'changes' | 'varies' | 'breaks' | 'appears'
  /** A unified diff; undefined where a side is no text. */
  readonly diff?: string
}

/** The inventory as text, both ways. */
export interface InventoryText {
  export(): Promise<string>
  /** @throws {StoreError} */
  apply(text: string, how: ApplyTextOptions): Promise<AppliedText>
}

export interface ApplyTextOptions {
  /** `replace` removes what the text lacks. */
  readonly mode: 'merge' | 'replace'
  /** True: nothing is changed, only told. */
  readonly dryRun: boolean
  readonly who: string
  readonly why: string
}

/** What became of a text. */
export interface AppliedText {
  /** Null: nothing was changed. */
  readonly revision: number | null
  /** Records that differ. */
  readonly edits: readonly Pick<Edit, 'kind' | 'key'>[]
  /** Why nothing was changed. */
  readonly problems: readonly { readonly code: string; readonly message: string }[]
}
