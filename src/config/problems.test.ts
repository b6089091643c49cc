import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, formatPath, formatProblem } from './problems.ts'

test('formatProblem names file, line, path, what was found and what is allowed', () => {
  const message = 'found "5s", expected a whole number of milliseconds from 1 to 3600000'
  const path = 'routes[2].deadlineMs'
  assert.equal(
    formatProblem({ file: 'site/trivet.yaml', line: 14, column: 17, path, message }),
    `site/trivet.yaml:14 routes[2].deadlineMs: ${message}`,
  )
  assert.equal(
    formatProblem({ file: 'trivet.config.ts', path, message }),
    `trivet.config.ts routes[2].deadlineMs: ${message}`,
  )
  assert.equal(formatProblem({ file: 'a.yaml', path: '', message: 'no' }), 'a.yaml: no')
})

test('formatPath writes paths as JavaScript does', () => {
  assert.equal(formatPath(['routes', 2, 'static', 'folder']), 'routes[2].static.folder')
  assert.equal(formatPath([]), '')
})

test('ConfigError says every problem, one a line', () => {
  const problems = ['a', 'b'].map((path) => ({ file: 'f', path, message: 'no' }))
  const error = new ConfigError(problems)
  assert.equal(error.message, 'f a: no\nf b: no')
  assert.equal(error.problems, problems)
})
