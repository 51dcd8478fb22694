import { createServer, type Socket } from 'node:net'

// An SMTP server that does nothing but count, in a process of its own: 10,000 mails a second and more, so that it is never the bottleneck.
let count = 0
const arrivals = new Map<string, number>()
const greeting = '250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 200000000\r\n'

const server = createServer((socket) => {
  socket.setNoDelay(true)
  socket.on('error', () => {})
  converse(socket)
})

function converse(socket: Socket): void {
  let rest = ''
  let inBody = false
  let to = ''
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
        arrivals.set(to, Date.now() + (performance.now() % 1))
        answer += '250 2.0.0 ok\r\n'
      } else answer += reply(line)
    }
    if (answer) socket.write(answer)
  })

  function reply(line: string): string {
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'EHLO') return greeting
    if (verb === 'RCPT') to = line.slice(line.indexOf('<') + 1, line.lastIndexOf('>'))
    if (verb === 'QUIT') socket.end('221 bye\r\n')
    inBody = verb === 'DATA'
    return inBody ? '354 go\r\n' : verb === 'QUIT' ? '' : '250 ok\r\n'
  }
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
})
process.on('message', (message: { ask: string; to?: string }) => {
  if (message.ask === 'count') process.send?.({ count })
  if (message.ask === 'arrival') process.send?.({ at: arrivals.get(message.to ?? '') ?? null })
})
process.on('disconnect', () => process.exit(0))
