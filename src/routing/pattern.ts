/** What a pattern says of a path. */
export interface Pattern {
  /** As written in the configuration. */
  readonly source: string
  /** Names of the parameters, in order. */
  readonly parameters: readonly string[]
  /** Normalised parameters when the path matches, undefined when it does not. Allocates nothing for a miss. */
  match(path: string): Readonly<Record<string, string>> | undefined
  /** Why a path does not match, in half a sentence for people: `"foo" is not a {mac}`. */
  explain(path: string): string
}
