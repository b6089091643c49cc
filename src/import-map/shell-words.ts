/** The words of a command as a shell splits them, each of literal text and of `$1` and its like. */
export type ShellWord = readonly (string | number)[]

/**
 * Splits a command into words as shells do: white space parts them, quotes and backslashes keep
 * them together, `#` before a word begins a comment. `$1` is what an expression found, and always a
 * part of one word; nothing else has a meaning.
 *
 * @throws {SyntaxError} For a quote without an end.
 */
export function shellWords(text: string): readonly ShellWord[] {
  const words: (string | number)[][] = []
  let word: (string | number)[] | undefined
  const parts = /\s+|\\([^])|'([^']*)'|"((?:\\[^]|[^"\\])*)"|\$(\d+)|[^\s'"\\$]+|[^]/g
  for (const [whole, escaped, single, double, group] of text.matchAll(parts)) {
    if (/^\s+$/.test(whole)) {
      word = undefined
      continue
    }
    if (word === undefined) {
      if (whole.startsWith('#')) break
      word = []
      words.push(word)
    }
    if (group !== undefined) word.push(Number(group))
    else if (single !== undefined) word.push(...within(single))
    else if (double !== undefined) word.push(...within(double.replaceAll(/\\([^])/g, '$1')))
    else if (escaped === undefined && /['"]/.test(whole)) {
      throw new SyntaxError(`found ${whole} without another in the command`)
    } else word.push(escaped ?? whole)
  }
  return words
}

/** What stands in quotes. */
function within(text: string): (string | number)[] {
  return text.split(/(\$\d+)/).map((part) => (/^\$\d+$/.test(part) ? Number(part.slice(1)) : part))
}

/** Writes words so that a shell takes each as it is, and what was found from variables. */
export function shellCommand(
  words: readonly ShellWord[],
  variableOf: (group: number) => string,
): string {
  const written = words.map((word) =>
    word
      .filter((part) => part !== '')
      .map((part) => (typeof part === 'number' ? `"$${variableOf(part)}"` : quoted(part)))
      .join(''),
  )
  return written.map((word) => (word === '' ? "''" : word)).join(' ')
}

function quoted(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
