import { Hono } from 'hono'

const people: Readonly<Record<string, string>> = { '2001': 'Front desk', '2002': 'Workshop' }

/** Crash reports of this run, by name: an example, not a store. */
const reports = new Map<string, string>()
const REPORTS_MAX = 100

const app = new Hono()

app.get('/directory/:extension', (c) => {
  const name = people[c.req.param('extension')]
  return name === undefined ? c.notFound() : c.text(`${name}\n`)
})

app.put('/crash/:name', async (c) => {
  const text = await c.req.text()
  if (reports.size >= REPORTS_MAX) reports.clear()
  reports.set(c.req.param('name'), text)
  return c.body(null, 201)
})

export default app
