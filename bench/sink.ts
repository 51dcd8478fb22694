import { createServer, type Socket } from 'node:net'

// An SMTP server that does nothing but count, in a process of its own: 10,000 mails a second and more, so that it is never the bottleneck.
let count = 0
let watched = false
const greeting = '250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 200000000\r\n'

const server = createServer((socket) => {
  socket.setNoDelay(true)
  socket.on('error', () => {})
  converse(socket)
})

function converse(socket: Socket): void {
  let rest = ''
  let inBody = false
  socket.write('220 sink ESMTP\r\n')
  socket.on('data', (bytes) => {
    rest += bytes.toString('latin1')
    let answer = ''
    for (;;) {
      const mark = inBody ? '\r\n.\r\n' : '\r\n'
      const at = rest.indexOf(mark)
      if (at < 0) {
        if (inBody && rest.length > 8) rest = rest.slice(-8)
        break
      }
      const line = rest.slice(0, at)
      rest = rest.slice(at + mark.length)
      if (inBody) {
        inBody = false
        count++
        if (watched) tell()
        answer += '250 2.0.0 ok\r\n'
      } else answer += reply(line)
    }
    if (answer) socket.write(answer)
  })

  function reply(line: string): string {
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'EHLO') return greeting
    if (verb === 'QUIT') socket.end('221 bye\r\n')
    inBody = verb === 'DATA'
    return inBody ? '354 go\r\n' : verb === 'QUIT' ? '' : '250 ok\r\n'
  }
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
})
// The next acceptance after it was asked for, by the clock of the machine.
function tell(): void {
  watched = false
  process.send?.({ at: performance.timeOrigin + performance.now() })
}

process.on('message', (message: { ask: 'count' | 'next' }) => {
  if (message.ask === 'count') process.send?.({ count })
  else watched = true
})
process.on('disconnect', () => process.exit(0))
