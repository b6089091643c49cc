import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type TransportOptions, transportSettings } from './options.ts'

const options: TransportOptions = {
  listen: [{ address: '127.0.0.1', port: 0 }],
  onBatch: () => {},
  onWarning: () => {},
}

test('transportSettings fills in the defaults', () => {
  const settings = transportSettings(options, () => [])
  assert.equal(settings.singlePort, false)
  assert.equal(settings.transferPorts, 16)
  assert.equal(settings.receiveBufferBytes, 4_194_304)
  assert.equal(settings.addressPollMs, 5000)
})

test('transportSettings refuses what is out of range, and says the range', () => {
  const refused = (changed: Partial<TransportOptions>, message: RegExp): void => {
    const attempt = (): unknown => transportSettings({ ...options, ...changed }, () => [])
    assert.throws(attempt, { name: 'RangeError', message })
  }
  refused({ transferPorts: 0 }, /transferPorts "0": the range is 1 to 1024/)
  refused({ transferPorts: 1025 }, /1 to 1024/)
  refused({ transferPorts: 1.5 }, /1 to 1024/)
  refused({ receiveBufferBytes: 0 }, /4096 to 67108864/)
  refused({ addressPollMs: Number.NaN }, /1 to 3600000/)
  refused({ listen: [] }, /no address/)
})
