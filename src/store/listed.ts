/** Things that one message names; more are counted. */
const NAMED_MAX = 5

/** The first few things in words, and how many more there are. */
export async function listed<T>(
  things: readonly T[],
  describe: (thing: T) => string | Promise<string>,
): Promise<string> {
  const texts: string[] = []
  for (const thing of things.slice(0, NAMED_MAX)) texts.push(await describe(thing))
  const more = things.length - texts.length
  return `${texts.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
