// A dynamic TFTP server on npm's tftp: each name's file is that name, repeated.
import tftp from 'tftp'

const [host, port, bytes] = process.argv.slice(2)
const server = tftp.createServer({ host, port: Number(port), denyPUT: true })
server.on('error', (error) => console.error(error))
server.on('request', (request, response) => {
  request.on('error', () => {})
  const line = `${request.file}\n`
  const body = Buffer.from(line.repeat(Math.ceil(Number(bytes) / line.length))).subarray(0, Number(bytes))
  response.setSize(body.length)
  response.end(body)
})
server.listen()
