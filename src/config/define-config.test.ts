import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hono } from 'hono'
import { defineConfig } from './define-config.ts'

test('defineConfig gives back what it is given', () => {
  const config = { routes: [{ match: '/a', static: '.' }] }
  assert.equal(defineConfig(config), config)
})

test('defineConfig takes apps, with and without types for their context', () => {
  const app = new Hono()
  const typed = new Hono<{ Bindings: { readonly clientAddress: string } }>()
  const { routes } = defineConfig({
    routes: [
      { match: '/a', handler: app },
      { match: '/b', handler: typed },
      { match: '/c', handler: (request, { params }) => new Response(request.url + params['mac']) },
    ],
  })
  assert.equal(routes[0]?.handler, app)
})

test('defineConfig refuses at compile time what the schema refuses', () => {
  // @ts-expect-error A handler is a module or an app.
  defineConfig({ routes: [{ match: '/a', handler: 5 }] })
  // @ts-expect-error There is no such key.
  defineConfig({ routes: [{ match: '/a', templat: 'a.j2' }] })
  // @ts-expect-error Durations are numbers of milliseconds.
  defineConfig({ routes: [{ match: '/a', static: '.', deadlineMs: '5s' }] })
  // @ts-expect-error There must be routes.
  defineConfig({ values: {} })
})
