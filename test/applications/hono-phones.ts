import { setTimeout } from 'node:timers/promises'
import { Hono } from 'hono'

/** Files for devices by a Hono application inside the server. */
export const app = new Hono().basePath('/hono')

app.get('/:name{SEP[0-9A-Fa-f]{12}\\.cnf\\.xml}', (c) => {
  const mac = c.req.param('name').slice(3, 15).toLowerCase()
  return c.body(`<device><mac>${mac}</mac></device>\n`, 200, { 'content-type': 'text/xml' })
})

app.get('/switch.cfg', (c) => {
  const { name, vlan } = c.req.query()
  return c.text(`hostname ${name}\nvlan ${vlan}\n`)
})

app.get('/firmware.bin', (c) =>
  c.body(Uint8Array.from({ length: 102_400 }, (_, i) => i * 7 + (i >> 8))),
)

app.get('/empty', (c) => c.text(''))

app.get('/slow.cfg', async (c) => {
  await setTimeout(2000)
  return c.text('slow\n')
})
