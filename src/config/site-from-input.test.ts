import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { yamlMessages } from '../testing/site-messages.ts'

// Goal: one run shows every problem, each once. Method: sites with faults of several kinds.

describe('siteFromInput', () => {
  test('siteFromInput checks what stands beside a refused part', async () => {
    const yaml = `
listen:
  tftp: [0.0.0.0, example.org]
  transferPorts: 0
routes:
  - match: /a
    static: missing
    deadlineMs: 5s
  - match: /b
    cgi: gone
    templat: x
  - match: /c
    static: .
    methods: [PUT]
    methodes: [GET]
`
    const said = await yamlMessages(yaml)
    assert.deepEqual(
      said.map((message) => message.replace(/ \(allowed: .*/, '')),
      [
        '3 listen.tftp[1]: found "example.org", expected an address and a port from 0 to 65535, such as 127.0.0.1:69, [::1]:69, 0.0.0.0, :69 or 69',
        '4 listen.transferPorts: found 0, expected a whole number from 1 to 1024',
        '7 routes[0].static: no folder "missing" in /srv/site',
        '8 routes[0].deadlineMs: found "5s", expected a whole number of milliseconds from 1 to 3600000',
        '10 routes[1].cgi: no file "gone" in /srv/site',
        '11 routes[1].templat: unknown key "templat": did you mean "template"?',
        '14 routes[2].methods[0]: found "PUT", but `static` cannot take uploads; allowed: cgi, fastcgi, handler, upstream, rewrite, uploads',
        '15 routes[2].methodes: unknown key "methodes": did you mean "methods"?',
      ],
    )
  })

  test('siteFromInput does not miss a source that is there with a fault', async () => {
    const yaml = 'routes:\n  - match: /a\n    static: { folder: ., ignoreCase: 1 }\n'
    assert.deepEqual(await yamlMessages(yaml), [
      '3 routes[0].static.ignoreCase: found 1, expected true or false',
    ])
  })

  test('siteFromInput says one thing of one value', async () => {
    const yaml = 'listen: { http: 80800 }\nroutes: [{ match: /a, static: . }]\n'
    const [message = '', ...more] = await yamlMessages(yaml)
    assert.match(message, /^1 listen\.http: found 80800, expected /)
    assert.deepEqual(more, [])
  })

  test('siteFromInput does not blame a route for a name that could not be read', async () => {
    const yaml = `
routes:
  - { match: /a, static: . }
  - { match: /a, static: ., name: 2 }
`
    assert.deepEqual(await yamlMessages(yaml), [
      '4 routes[1].name: found 2, expected text: put it in quotes, "2"',
    ])
  })
})
