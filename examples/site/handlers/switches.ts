import { Hono } from 'hono'

/** What the application needs of the request's context: see docs/handlers.md. */
interface Bindings {
  readonly front: 'tftp' | 'http'
  readonly clientAddress: string
}

const app = new Hono<{ Bindings: Bindings }>()

app.get('/switches/:name/config.txt', (c) => {
  const name = c.req.param('name')
  return c.text(`hostname ${name}\nntp server 10.0.0.1\nend\n`)
})

export default app
