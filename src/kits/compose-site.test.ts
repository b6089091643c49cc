import assert from 'node:assert/strict'
import { test } from 'node:test'
import { composeSite } from './compose-site.ts'
import { KitConflictError } from './kit-conflict.ts'
import { mergeInventory } from './merge-inventory.ts'
import { type Kit, parseKit } from './read-kit.ts'

const WALKS = 'walks: [{ name: a, steps: [{ ask: a, answer: missing, source: m }] }]\n'

function kit(name: string, text: string): Kit {
  const rest = text.includes('routes:') ? text : `${text}routes: [{ match: /${name}, static: . }]\n`
  const whole = `title: Kit ${name}\nsummary: x\n${rest}${WALKS}`
  return parseKit(whole, { file: `${name}/kit.yaml`, folder: name })
}

const ONE = kit(
  'one',
  `values:
  # The time.
  ntp: 10.0.0.1
routes:
  # Phones.
  - match: /{mac}.cfg
    class: one
    template: one.j2
  # All.
  - { match: /default, static: { file: default } }
`,
)
const OTHER = kit(
  'other',
  `values: { ntp: 10.0.0.1, dns: '007' }
routes:
  - { match: '/{mac}.cfg', class: other, template: other.j2 }
  - { match: /default, static: { file: default } }
`,
)

test('composeSite joins kits with their comments, and serves files once, at the end', () => {
  assert.equal(
    composeSite([ONE, OTHER]),
    `# Made by: trivet init --kit one other
# Routes are tried in order; the first that has the file answers.

values:
  # Kit one (docs/kits/one.md)
  # The time.
  ntp: 10.0.0.1

  # Kit other (docs/kits/other.md)
  dns: '007'

routes:
  # Kit one (docs/kits/one.md)
  # Phones.
  - match: /{mac}.cfg
    class: one
    template: one.j2
  # All.
  - { match: /default, static: { file: default } }

  # Kit other (docs/kits/other.md)
  - { match: '/{mac}.cfg', name: 'other /{mac}.cfg', class: other, template: other.j2 }

  # Everything else is a file of the folder files.
  - match: /{path...}
    name: files
    static: files
`,
  )
})

test('composeSite gives the same bytes again, and leaves the kits as they are', () => {
  assert.equal(composeSite([ONE, OTHER]), composeSite([ONE, OTHER]))
})

test('composeSite names every value and route that kits have differently', () => {
  const first = kit('a', 'values: { ntp: 1, x: 1 }\nroutes: [{ match: /a, name: n, static: a }]\n')
  const second = kit('b', 'values: { ntp: 2, x: 2 }\nroutes: [{ match: /b, name: n, static: b }]\n')
  assert.throws(
    () => composeSite([first, second]),
    (error) => {
      assert.ok(error instanceof KitConflictError)
      assert.deepEqual(error.message.split('\n'), [
        'The kits "a" and "b" differ in the value "ntp"',
        'The kits "a" and "b" differ in the value "x"',
        'The kits "a" and "b" differ in the route "n"',
      ])
      return true
    },
  )
})

test('mergeInventory takes what kits share once, and names what they have differently', () => {
  const phone = 'inventory: { classes: { phone: { values: { ntp: 1 } } }, devices: { p: {} } }\n'
  const merged = mergeInventory([kit('a', phone), kit('b', phone)])
  assert.deepEqual(
    merged.classes.map(({ name }) => name),
    ['phone'],
  )
  assert.deepEqual(
    merged.devices.map(({ id }) => id),
    ['p'],
  )
  const others = [kit('b', phone.replace('ntp: 1', 'ntp: 2').replace('p: {}', 'p: {serial: s}'))]
  assert.throws(() => mergeInventory([kit('a', phone), ...others]), {
    name: 'KitConflictError',
    message:
      'The kits "a" and "b" differ in class "phone"\nThe kits "a" and "b" differ in device "p"',
  })
})
