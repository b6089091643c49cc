/**
 * `node tools/record.ts CAPTURE.pcap --out test/golden/NAME.hex`: makes a golden file of a capture.
 *
 * Takes what belongs to TFTP and leaves out the middle of long transfers. `test/golden/README.md`
 * describes the format.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'

import { formatGoldenLine } from './record/golden-file.ts'
import { readPcap } from './record/pcap-file.ts'
import { tftpDatagrams } from './record/tftp-datagrams.ts'
import { type Thinned, thin } from './record/thin.ts'
import { udpIn } from './record/udp.ts'
import { programArgs } from './program-args.ts'

const captureBytesMax = 256 * 1024 * 1024
const usage = 'Usage: node tools/record.ts CAPTURE.pcap --out test/golden/NAME.hex'

process.exitCode = record()

function record(): number {
  try {
    const { values, positionals } = programArgs(import.meta.filename, {
      allowPositionals: true,
      options: { out: { type: 'string' } },
    })
    const [capture] = positionals
    if (!capture || !values.out || positionals.length > 1) throw new TypeError(usage)
    const thinned = thin(tftpDatagrams(udpDatagrams(readCapture(capture))))
    if (thinned.length === 0) throw new Error(`Cannot record ${capture}: it holds no TFTP`)
    writeFileSync(values.out, `# ${basename(capture)}\n${thinned.map(lineOf).join('\n')}\n`)
    process.stdout.write(`${values.out}: ${thinned.length} lines\n`)
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return error instanceof TypeError ? 2 : 1
  }
}

function readCapture(path: string): Uint8Array {
  const { size } = statSync(path)
  if (size > captureBytesMax) {
    throw new Error(`Cannot read the capture: it has ${size} bytes, at most ${captureBytesMax}`)
  }
  return readFileSync(path)
}

function udpDatagrams(capture: Uint8Array) {
  return readPcap(capture)
    .map(udpIn)
    .filter((datagram) => datagram !== undefined)
}

function lineOf(thinned: Thinned): string {
  if (!('leftOut' in thinned)) return formatGoldenLine(thinned)
  return `# ${thinned.leftOut} of DATA and ACK left out`
}
