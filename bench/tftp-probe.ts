import { createSocket } from 'node:dgram'

/** True when something answers a read at this place within 100 ms, be it an ERROR. */
export function answers(host: string, port: number, name = 'cfg/000001.cfg'): Promise<boolean> {
  const socket = createSocket('udp4')
  const request = Buffer.concat([Buffer.from([0, 1]), Buffer.from(`${name}\0octet\0`)])
  return new Promise((resolve) => {
    const end = (isUp: boolean): void => {
      clearTimeout(timer)
      socket.close()
      resolve(isUp)
    }
    const timer = setTimeout(() => end(false), 100)
    socket.on('message', (_bytes, from) => {
      // So that the server does not repeat itself into the measurement.
      socket.send(Buffer.from([0, 5, 0, 0, 0]), from.port, from.address, () => end(true))
    })
    socket.on('error', () => end(false))
    socket.send(request, port, host)
  })
}
