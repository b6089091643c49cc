import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatEndpoint, ListenError } from './listen-error.ts'

test('ListenError for EACCES names three ways out', () => {
  const error = new ListenError({ code: 'EACCES', address: '0.0.0.0', port: 69 })
  assert.equal(error.code, 'EACCES')
  assert.match(error.message, /^Cannot listen on UDP 0\.0\.0\.0:69 \(EACCES\): /)
  assert.match(error.message, /--tftp 127\.0\.0\.1:6969/)
  assert.match(error.message, /setcap cap_net_bind_service=\+ep \S*node/)
  assert.match(error.message, /AmbientCapabilities=CAP_NET_BIND_SERVICE/)
  assert.doesNotMatch(error.message, /[.\n]$/)
})

test('ListenError for EADDRINUSE names who may have the port and how to see it', () => {
  const { message } = new ListenError({ code: 'EADDRINUSE', address: '::1', port: 69 })
  assert.match(message, /\[::1\]:69.*dnsmasq, tftpd-hpa, inetd.*ss -ulpn/)
})

test('ListenError for EINVAL asks for the scope of a link-local address', () => {
  const unscoped = new ListenError({ code: 'EINVAL', address: 'fe80::1', port: 69 })
  assert.match(unscoped.message, /as in "fe80::1%eth0"/)
  const name = new ListenError({ code: 'EINVAL', address: 'localhost', port: 69 })
  assert.match(name.message, /literal unicast/)
})

test('ListenError explains a code it does not know by itself', () => {
  const cause = new Error('bind EWEIRD')
  const error = new ListenError({ code: 'EWEIRD', address: '10.0.0.1', port: 69 }, cause)
  assert.match(error.message, /10\.0\.0\.1:69 \(EWEIRD\): the system refused it/)
  assert.equal(error.cause, cause)
})

test('formatEndpoint brackets IPv6', () => {
  assert.equal(formatEndpoint('10.0.0.1', 69), '10.0.0.1:69')
  assert.equal(formatEndpoint('fe80::1%eth0', 69), '[fe80::1%eth0]:69')
})
