import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { ApiEnv } from './api-env.ts'
import { missing } from './api-problem.ts'

/** Files of swagger-ui-dist that the page loads, and nothing else of that package. */
const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
}

/** Everything comes from here; `data:` is for the icons in the style sheet. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Trivet API</title>
<link rel="stylesheet" href="reference/swagger-ui.css">
<div id="reference"></div>
<script src="reference/swagger-ui-bundle.js"></script>
<script src="reference/start.js"></script>
</html>
`

const START = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#reference', validatorUrl: null })
`

/** The document and a page that shows it; nothing in them is anybody's secret. */
export function addReferenceRoutes(app: OpenAPIHono<ApiEnv>, version: string): void {
  let document: object | undefined
  app.get('/api/v1/openapi.json', (c) => {
    document ??= app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'Trivet administration',
        version,
        description: 'Devices, classes, changes, and what became of every request',
      },
      servers: [{ url: '/' }],
    })
    return c.json(document)
  })
  const page = (type: string): Record<string, string> => ({
    'content-type': type,
    'content-security-policy': POLICY,
  })
  app.get('/api/v1/reference', (c) => c.body(PAGE, 200, page('text/html; charset=utf-8')))
  app.get('/api/v1/reference/start.js', (c) =>
    c.body(START, 200, page('text/javascript; charset=utf-8')),
  )
  app.get('/api/v1/reference/:file', async (c) => {
    const file = c.req.param('file')
    const type = Object.hasOwn(assets, file) ? assets[file] : undefined
    if (type === undefined) throw missing('file', file)
    return c.body(new Uint8Array(await readFile(join(assetFolder(), file))), 200, page(type))
  })
}

/** Where the package is, however it was installed. */
function assetFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
}
