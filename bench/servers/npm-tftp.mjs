// A dynamic TFTP server on npm's tftp: each name's file is that name, repeated.
import tftp from 'tftp'

const [host, port, bytes] = process.argv.slice(2)
// The listener given here takes the place of its own, which serves files.
const server = tftp.createServer({ host, port: Number(port), denyPUT: true }, (request, response) => {
  request.on('error', () => {})
  const line = `${request.file}\n`
  const body = Buffer.from(line.repeat(Math.ceil(Number(bytes) / line.length))).subarray(0, Number(bytes))
  response.setSize(body.length)
  response.end(body)
})
server.on('error', (error) => console.error(error))
server.listen()
