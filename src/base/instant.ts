/**
 * A moment on a clock that never goes back, in milliseconds since an arbitrary start.
 *
 * The pure folders never read a clock: whoever calls them passes the moment in.
 */
export type Instant = number
