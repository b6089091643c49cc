import assert from 'node:assert/strict'
import { test } from 'node:test'

import { TftpErrorCode, tftpErrorFor } from './error-code.ts'

test('tftpErrorFor tells "not found" for nothing but a missing file', () => {
  const notFound = Object.entries(tftpErrorFor).filter(([, code]) => {
    return code === TftpErrorCode.fileNotFound
  })
  assert.deepEqual(notFound, [['FILE_NOT_FOUND', 1]])
})

test('tftpErrorFor leaves ERROR 5 to the protocol, as it ends no transfer', () => {
  const codes: readonly number[] = Object.values(tftpErrorFor)
  assert.ok(!codes.includes(TftpErrorCode.unknownTransfer))
})
