/** A class or a device that inherits. */
export interface Heir {
  /** As messages name it: `class "phones"`. */
  readonly subject: string
  /** The field that lists the parents: `parents` of a class, `classes` of a device. */
  readonly field: 'parents' | 'classes'
  readonly parents: readonly string[]
}

/** The ordered parents of a class; undefined when there is no such class. */
export type ParentsOf = (name: string) => readonly string[] | undefined
