import { type AddressInfo, createServer } from 'node:net'

export interface Sink {
  readonly url: string
  /** Bytes of each mail that came. */
  readonly mails: number[]
  [Symbol.asyncDispose](): Promise<void>
}

/** An SMTP server that keeps nothing of what it is sent: for mail that is larger than a test wants to hold. */
export async function startSink(): Promise<Sink> {
  const mails: number[] = []
  const server = createServer((socket) => {
    let [reading, bytes, tail] = [false, 0, '']
    socket.on('error', () => {})
    socket.write('220 sink ESMTP\r\n')
    socket.on('data', (chunk) => {
      if (reading) bytes += chunk.length
      tail = (tail + chunk.toString('latin1')).slice(reading ? -5 : 0)
      if (reading && tail === '\r\n.\r\n') {
        mails.push(bytes)
        ;[reading, bytes, tail] = [false, 0, '']
        socket.write('250 2.0.0 Ok\r\n')
      } else if (!reading && tail.endsWith('\r\n')) {
        const commands = tail.trimEnd().split('\r\n')
        reading = commands.at(-1) === 'DATA'
        tail = ''
        socket.write(commands.map(answer).join(''))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function answer(command: string): string {
  if (command.startsWith('EHLO')) return '250-sink\r\n250 PIPELINING\r\n'
  return command === 'DATA' ? '354 go on\r\n' : '250 2.0.0 Ok\r\n'
}
