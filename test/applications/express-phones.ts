import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'

/** Files for devices by an Express application that listens for itself, as an upstream. */
const app = express()

app.get(/^\/SEP([0-9A-Fa-f]{12})\.cnf\.xml$/, (request, response) => {
  const mac = String(request.params['0']).toLowerCase()
  response.type('text/xml').send(`<device><mac>${mac}</mac></device>\n`)
})

app.get('/switch.cfg', (request, response) => {
  const { name, vlan } = request.query
  response.type('text/plain').send(`hostname ${name}\nvlan ${vlan}\n`)
})

app.get('/firmware.bin', (_, response) => {
  response.send(Buffer.from(Array.from({ length: 102_400 }, (_, i) => i * 7 + (i >> 8))))
})

app.get('/empty', (_, response) => {
  response.type('text/plain').send('')
})

app.get('/slow.cfg', (_, response) => {
  setTimeout(() => response.type('text/plain').send('slow\n'), 2000)
})

const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
