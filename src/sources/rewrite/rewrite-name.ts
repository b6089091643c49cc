import { Refusal } from '../../base/refusal.ts'
import type { Method } from '../../routing/source.ts'
import { compileFinder, type Finder, type Found } from './find.ts'
import type { RewriteOptions, RewriteRule } from './options.ts'
import { parseReplacement, type Replacement, type ReplacementValues } from './replacement.ts'

/** A name that is to be rewritten, and for whom. */
export interface RewriteAsk {
  readonly name: string
  readonly method: Method
  readonly clientAddress: string
  /** 8 hexadecimal digits for IPv4, 32 for IPv6, in capitals. */
  readonly clientAddressHex: string
}

/** What the rules say: the name that it has become, or that the next route is asked. */
export type Rewritten =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'declined' }

/** Rules that are ready to be asked. */
export interface RuleSet {
  /**
   * @throws {Refusal} `ACCESS_DENIED` where a rule says so; `GENERATOR_FAILED` when rules go on for
   *   more than 1000 steps or a name grows over 4,096 characters.
   */
  rewrite(ask: RewriteAsk): Rewritten
}

/** Replacements and jumps for one request; then the rules make a loop. */
const STEPS_MAX = 1000
/** As long as a name that is sent may be, in bytes. */
const NAME_CHARS_MAX = 4096
/** Room for a sentence in an ERROR packet of 512 bytes. */
const MESSAGE_CHARS_MAX = 200

/** Makes rules ready. */
export function compileRules({ rules }: RewriteOptions): RuleSet {
  const labels = new Map(rules.flatMap(({ label }, index) => (label ? [[label, index]] : [])))
  const compiled = rules.map((rule, index) => compileRule(rule, { index, labels }))
  return { rewrite: (ask) => new Rewriting(compiled, ask).run() }
}

interface CompiledRule extends RewriteRule {
  /** Where it stands among the rules, from 0. */
  readonly index: number
  readonly finder: Finder
  readonly replacement: Replacement | undefined
  readonly whole: Replacement | undefined
  readonly messageOf: Replacement | undefined
  /** Index of the rule that comes after it where it applied. */
  readonly nextIndex: number
}

function compileRule(
  rule: RewriteRule,
  place: { readonly index: number; readonly labels: ReadonlyMap<string, number> },
): CompiledRule {
  const { find, replace, become, message, next, goto } = rule
  const behind = next === 'restart' ? 0 : place.index + 1
  return {
    ...rule,
    index: place.index,
    finder: compileFinder(find, rule),
    replacement: replace === undefined ? undefined : parseReplacement(replace),
    whole: become === undefined ? undefined : parseReplacement(become),
    messageOf: message === undefined ? undefined : parseReplacement(message),
    nextIndex: goto === undefined ? behind : (place.labels.get(goto) ?? behind),
  }
}

/** One name on its way through the rules. */
class Rewriting {
  readonly #rules: readonly CompiledRule[]
  readonly #ask: RewriteAsk
  #name: string
  #steps = 0

  constructor(rules: readonly CompiledRule[], ask: RewriteAsk) {
    this.#rules = rules
    this.#ask = ask
    this.#name = ask.name
  }

  run(): Rewritten {
    for (let rule = this.#rules[0]; rule !== undefined; ) {
      const found = this.#isFor(rule) ? rule.finder(this.#name, 0) : undefined
      if (!this.#isFor(rule) || (found === undefined) !== rule.unless) {
        rule = this.#rules[rule.index + 1]
        continue
      }
      this.#step(rule)
      this.#apply(rule, found)
      if (rule.next === 'stop') break
      if (rule.next === 'decline') return { kind: 'declined' }
      if (rule.next === 'refuse') throw this.#refusal(rule, found)
      rule = this.#rules[rule.nextIndex]
    }
    return { kind: 'name', name: this.#name }
  }

  #isFor({ method, family }: CompiledRule): boolean {
    if (method !== undefined && method !== this.#ask.method) return false
    return family === undefined || (family === 'ipv6') === this.#ask.clientAddress.includes(':')
  }

  #apply(rule: CompiledRule, found: Found | undefined): void {
    if (rule.whole !== undefined) this.#become(rule, rule.whole(this.#values(found)))
    else if (rule.replacement !== undefined && found !== undefined) {
      this.#replace(rule, rule.replacement, found)
    }
  }

  #replace(rule: CompiledRule, replacement: Replacement, first: Found): void {
    let found: Found | undefined = first
    while (found !== undefined) {
      const made = replacement(this.#values(found))
      const { start, end } = found
      this.#become(rule, this.#name.slice(0, start) + made + this.#name.slice(end))
      if (rule.repeat === undefined) return
      this.#step(rule)
      // Behind nothing that was found, nothing would be found again at the same place.
      const behind = start + made.length + (end === start ? 1 : 0)
      found = this.#again(rule, rule.repeat === 'each' ? behind : 0)
    }
  }

  #again(rule: CompiledRule, from: number): Found | undefined {
    return from > this.#name.length ? undefined : rule.finder(this.#name, from)
  }

  #become(rule: CompiledRule, name: string): void {
    if (name.length > NAME_CHARS_MAX) {
      throw failed(
        rule,
        `makes a name of ${name.length} characters of it, at most 4096 are allowed`,
      )
    }
    this.#name = name
  }

  #step(rule: CompiledRule): void {
    this.#steps += 1
    if (this.#steps > STEPS_MAX) throw failed(rule, `goes on after ${STEPS_MAX} steps, a loop?`)
  }

  #refusal(rule: CompiledRule, found: Found | undefined): Refusal {
    const said = rule.messageOf?.(this.#values(found)).slice(0, MESSAGE_CHARS_MAX)
    const wireMessage = said === undefined || said === '' ? 'Access denied' : said
    const text = `Cannot serve the name: rules[${rule.index}] of the route refuses it`
    return new Refusal('ACCESS_DENIED', text, { wireMessage })
  }

  #values(found: Found | undefined): ReplacementValues {
    const { clientAddress, clientAddressHex } = this.#ask
    return { groups: found?.groups ?? [], clientAddress, clientAddressHex }
  }
}

function failed(rule: CompiledRule, what: string): Refusal {
  return new Refusal('GENERATOR_FAILED', `Cannot rewrite the name: rules[${rule.index}] ${what}`, {
    wireMessage: 'The name could not be rewritten',
  })
}
