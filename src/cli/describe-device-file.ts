import type { BearingValue, DeviceFile } from '../server/bearing-values.ts'
import { table } from './table.ts'
import { keyOf, valueHead, valueRow } from './value-rows.ts'

/** What a device's file is made from, and the file itself, for people. */
export function describeDeviceFile({ layers, file, values }: DeviceFile): string {
  const lines = [`inherits ${layers.join(' → ')} (later wins)`, '']
  const untried = values.some(({ isBearing, origin }) => isBearing === undefined && isValue(origin))
  const bearing = values.filter(({ isBearing }) => isBearing !== false)
  const others = values.filter(({ isBearing }) => isBearing === false)
  const all = 'All its values (which of them are read shows only when it runs):'
  lines.push(untried ? all : 'Values that bear on the bytes:')
  lines.push(
    bearing.length === 0 ? '  none' : table([valueHead, ...bearing.map(valueRow)]).trimEnd(),
  )
  if (others.length > 0) {
    lines.push(
      '',
      `Without effect on this file: ${others.map(({ pointer }) => keyOf(pointer)).join(', ')}`,
    )
  }
  if (file.kind === 'refused') lines.push('', `Refused, ${file.code}: ${file.message}`)
  else {
    lines.push(
      '',
      `${file.bytes} bytes, hash ${file.hash}${file.text === undefined ? ', no text' : ':'}`,
    )
    if (file.text !== undefined) lines.push('', file.text.trimEnd())
  }
  return `${lines.join('\n')}\n`
}

function isValue({ kind }: BearingValue['origin']): boolean {
  return kind !== 'removed'
}
