import { randomBytes } from 'node:crypto'

/**
 * Makes request ids that are short to read aloud: `k3f9x-42` is the 42nd request of this run of the
 * server.
 */
export function requestIds(): () => string {
  const run = randomBytes(3).toString('hex')
  let count = 0
  return () => {
    count += 1
    return `${run}-${count}`
  }
}
