import { diffValues, type ValueChange } from '../inventory/diff.ts'
import { DeviceIndex, type Evidence } from '../inventory/identify.ts'
import type { Device, DeviceClass } from '../inventory/model.ts'
import type { InventoryProblem } from '../inventory/problem.ts'
import type { Resolved, ResolvedWithOrigins, Unresolved } from '../inventory/resolve.ts'
import { Resolver } from '../inventory/resolver.ts'
import { emptyValues } from '../inventory/value.ts'
import { InventoryPreview } from './inventory-preview.ts'
import type { InventoryView } from './inventory-view.ts'
import type { Edit, Revision, Snapshot, Store, Stored } from './store.ts'

/** A device whose values a change would change. */
export interface Impact {
  readonly device: string
  readonly changes: readonly ValueChange[]
  /** Why the device could not be resolved after the change; such a change is refused. */
  readonly problem?: InventoryProblem
}

/** Who changes what, and why. */
export interface InventoryChange {
  readonly who: string
  readonly why?: string
  readonly edits: readonly Edit[]
  readonly seenRevision?: number
}

/** A change that was made, or every reason why it was not. */
export type Applied =
  | { readonly revision: Revision; readonly problems?: undefined }
  | { readonly problems: readonly InventoryProblem[] }

/**
 * The inventory of a store, in memory: what requests are answered from.
 *
 * It changes between two turns of the event loop, from one revision to a later one as a whole. What
 * other servers change in the same store follows within a second.
 */
export class LiveInventory implements InventoryView, AsyncDisposable {
  readonly #store: Store
  readonly #devices = new Map<string, Stored<Device>>()
  readonly #classes = new Map<string, Stored<DeviceClass>>()
  readonly #index = new DeviceIndex()
  readonly #resolver = new Resolver()
  /** When each class last changed, by `#turn`: devices that inherit it are as old. */
  readonly #classTurns = new Map<string, number>()
  readonly #deviceTurns = new Map<string, number>()
  readonly #listeners = new Set<() => void>()
  readonly #unfollow: () => void
  #revision = 0
  #turn = 0
  #work: Promise<unknown> = Promise.resolve()

  /** Reads all of a store. @throws {StoreError} */
  static async open(store: Store): Promise<LiveInventory> {
    return new LiveInventory(store, await store.load())
  }

  private constructor(store: Store, snapshot: Snapshot) {
    this.#store = store
    this.#revision = snapshot.revision
    for (const stored of snapshot.classes) this.#setClass(stored)
    for (const stored of snapshot.devices) this.#setDevice(stored)
    this.#unfollow = store.onRevision((revision) => {
      if (revision > this.#revision) void this.#inTurn(() => this.#catchUp()).catch(() => {})
    })
  }

  get revision(): number {
    return this.#revision
  }

  get deviceCount(): number {
    return this.#devices.size
  }

  /** All devices, in the order of their ids. */
  devices(): readonly Stored<Device>[] {
    return [...this.#devices.values()].sort((one, other) =>
      one.record.id < other.record.id ? -1 : 1,
    )
  }

  device(id: string): Stored<Device> | undefined {
    return this.#devices.get(id)
  }

  /** All classes, in the order of their names. */
  classes(): readonly Stored<DeviceClass>[] {
    return this.#resolver.classNames.flatMap((name) => this.#classes.get(name) ?? [])
  }

  classNamed(name: string): Stored<DeviceClass> | undefined {
    return this.#classes.get(name)
  }

  /** Who asks, by what is known of them; undefined: nobody, or it cannot be told. */
  find(evidence: Evidence): ReturnType<DeviceIndex['find']> {
    return this.#index.find(evidence)
  }

  /** What a device would share with others if it were saved as it is. */
  conflictsWith(device: Device): ReturnType<DeviceIndex['conflictsWith']> {
    return this.#index.conflictsWith(device)
  }

  /** What a device inherits, merged. */
  resolve(device: Device): Resolved | Unresolved {
    return this.#resolver.resolve(device)
  }

  /** The same, with the origin of every value. */
  explain(device: Device): ResolvedWithOrigins | Unresolved {
    return this.#resolver.explain(device)
  }

  /** True when a device is of a class, or of one that inherits it. */
  isOfClass(device: Device, name: string): boolean {
    return (
      device.classes.includes(name) || (this.#resolver.layersOf(device)?.includes(name) ?? false)
    )
  }

  /**
   * Changes whenever what a device resolves to may have changed, and only then: its own record, or
   * a class that it inherits. Undefined when there is no such device.
   */
  stampOf(id: string): number | undefined {
    const device = this.#devices.get(id)?.record
    if (device === undefined) return undefined
    let stamp = this.#deviceTurns.get(id) ?? 0
    for (const name of this.#resolver.layersOf(device) ?? []) {
      stamp = Math.max(stamp, this.#classTurns.get(name) ?? 0)
    }
    return stamp
  }

  /** Called after each change, one's own or another server's. @returns How to stop listening. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What would be wrong if these edits were made. */
  problemsOf(edits: readonly Edit[]): readonly InventoryProblem[] {
    // New values cannot contradict each other: only what inherits what can.
    const bending = edits.filter((edit) => edit.kind === 'device' || changesParents(edit))
    const next = this.#resolverAfter(bending)
    const hasClasses = bending.some(({ kind }) => kind === 'class')
    const problems = hasClasses ? next.problems() : []
    if (problems.length > 0) return problems
    const found = new Map<string, InventoryProblem>()
    const checked = new Set<string>()
    for (const device of this.#devicesAfter(bending, next).values()) {
      const inherited = device?.classes.join('\n')
      if (device === undefined || inherited === undefined || checked.has(inherited)) continue
      checked.add(inherited)
      const { problem } = next.resolve(device)
      if (problem !== undefined) found.set(problem.message, problem)
    }
    return [...found.values()]
  }

  /** The devices whose values these edits would change. */
  impactOf(edits: readonly Edit[]): readonly Impact[] {
    const next = this.#resolverAfter(edits)
    const after = this.#devicesAfter(edits, next)
    return [...after].flatMap(([id, device]) => {
      const before = this.#devices.get(id)?.record
      const was = before && this.#resolver.resolve(before)
      const will = device && next.resolve(device)
      const changes = diffValues(valuesOf(was), valuesOf(will))
      const problem = will?.problem
      if (changes.length === 0 && problem === undefined) return []
      return [{ device: id, changes, ...(problem === undefined ? {} : { problem }) }]
    })
  }

  /**
   * Every device that an edit touches: itself, or through a class, whether values change or not.
   */
  touchedBy(edits: readonly Edit[]): readonly string[] {
    return [...this.#devicesAfter(edits, this.#resolverAfter(edits)).keys()]
  }

  /** The inventory as it would be after these edits. */
  previewOf(edits: readonly Edit[]): InventoryView {
    const edited = new Map<string, Device | undefined>()
    for (const edit of edits) if (edit.kind === 'device') edited.set(edit.key, edit.after)
    return new InventoryPreview({ base: this, resolver: this.#resolverAfter(edits), edited })
  }

  /** Makes a change, if nothing is wrong with it. @throws {StoreError} */
  apply(change: InventoryChange, at: number): Promise<Applied> {
    return this.#inTurn(async () => {
      const problems = this.problemsOf(change.edits)
      if (problems.length > 0) return { problems }
      const revision = await this.#store.apply({ ...change, at })
      await this.#catchUp()
      return { revision }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unfollow()
    await this.#work.catch(() => {})
  }

  /** One at a time, in the order of calls. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work, work)
    this.#work = result.catch(() => {})
    return result
  }

  async #catchUp(): Promise<void> {
    const revisions = await this.#store.changesAfter(this.#revision)
    for (const { number, edits } of revisions) {
      this.#turn += 1
      for (const edit of edits) this.#take(edit, number)
      this.#revision = number
    }
    if (revisions.length > 0) for (const listener of this.#listeners) listener()
  }

  #take(edit: Edit, revision: number): void {
    if (edit.kind === 'class') {
      if (edit.after !== undefined) return this.#setClass({ record: edit.after, revision })
      this.#classes.delete(edit.key)
      this.#resolver.deleteClass(edit.key)
      this.#classTurns.delete(edit.key)
    } else {
      if (edit.after !== undefined) return this.#setDevice({ record: edit.after, revision })
      this.#devices.delete(edit.key)
      this.#index.delete(edit.key)
      this.#deviceTurns.delete(edit.key)
    }
  }

  #setClass(stored: Stored<DeviceClass>): void {
    this.#classes.set(stored.record.name, stored)
    this.#resolver.setClass(stored.record)
    this.#classTurns.set(stored.record.name, this.#turn)
  }

  #setDevice(stored: Stored<Device>): void {
    this.#devices.set(stored.record.id, stored)
    this.#index.set(stored.record)
    this.#deviceTurns.set(stored.record.id, this.#turn)
  }

  #resolverAfter(edits: readonly Edit[]): Resolver {
    const classEdits = edits.filter((edit) => edit.kind === 'class')
    if (classEdits.length === 0) return this.#resolver
    const next = new Resolver([...this.#classes.values()].map(({ record }) => record))
    for (const { key, after } of classEdits) {
      if (after === undefined) next.deleteClass(key)
      else next.setClass(after)
    }
    return next
  }

  /** Every device that an edit touches, as it would be: itself, or through a class. */
  #devicesAfter(edits: readonly Edit[], next: Resolver): Map<string, Device | undefined> {
    const touched = new Set<string>()
    for (const { kind, key } of edits) {
      if (kind !== 'class') continue
      for (const name of [key, ...this.#resolver.descendantsOf(key), ...next.descendantsOf(key)]) {
        touched.add(name)
      }
    }
    const after = new Map<string, Device | undefined>()
    if (touched.size > 0) {
      for (const [id, { record }] of this.#devices) {
        if (record.classes.some((name) => touched.has(name))) after.set(id, record)
      }
    }
    for (const edit of edits) if (edit.kind === 'device') after.set(edit.key, edit.after)
    return after
  }
}

function changesParents(edit: Edit & { kind: 'class' }): boolean {
  const { before, after } = edit
  return before?.parents.join('\n') !== after?.parents.join('\n')
}

function valuesOf(resolved: Resolved | Unresolved | undefined): Resolved['values'] {
  return resolved === undefined || resolved.problem !== undefined ? emptyValues : resolved.values
}
