import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'

/** `reply` lines, or what the server does instead of replying. */
export type Answer = string | 'FIN' | 'RST' | 'HANG' | { readonly reply: string; readonly then: 'FIN' | 'RST' }

export type Step = 'greeting' | 'EHLO' | 'HELO' | 'AUTH' | 'STARTTLS' | 'MAIL' | 'RCPT' | 'DATA' | 'body' | 'RSET' | 'QUIT'

/** What the server says at a step; `line` is the client's command. Undefined is the ordinary reply. */
export type Script = (step: Step, line: string, session: Session) => Answer | undefined | Promise<Answer | undefined>

export interface Session {
  readonly number: number
  readonly commands: string[]
  mails: number
}

export interface ReceivedMail {
  readonly session: number
  readonly from: string
  readonly to: readonly string[]
  readonly body: string
}

export interface ScriptedSmtp {
  readonly port: number
  readonly sessions: Session[]
  readonly mails: ReceivedMail[]
  /** Bytes of bodies that were begun and never ended with a dot. */
  readonly discarded: string[]
  readonly sockets: Set<Socket>
  script: Script
  close(): Promise<void>
}

/** An SMTP server that does what a test tells it, step by step: it answers, hangs, hangs up or resets. */
export async function scriptedSmtp(script: Script = () => undefined, extensions = ['PIPELINING', '8BITMIME']): Promise<ScriptedSmtp> {
  const sockets = new Set<Socket>()
  const smtp = { sessions: [], mails: [], discarded: [], sockets, script, port: 0 } as unknown as ScriptedSmtp
  const server = createServer((socket) => talk(socket, smtp, extensions))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(smtp, { port: (server.address() as AddressInfo).port, close: () => shut(server, sockets) })
}

function shut(server: Server, sockets: Set<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy()
  return new Promise((resolve) => server.close(() => resolve()))
}

interface Talk {
  readonly socket: Socket
  readonly smtp: ScriptedSmtp
  readonly session: Session
  readonly extensions: readonly string[]
  from: string
  to: string[]
  inBody: boolean
  buffered: string
}

function talk(socket: Socket, smtp: ScriptedSmtp, extensions: readonly string[]): void {
  const session: Session = { number: smtp.sessions.length + 1, commands: [], mails: 0 }
  smtp.sessions.push(session)
  smtp.sockets.add(socket)
  const talk: Talk = { socket, smtp, session, extensions, from: '', to: [], inBody: false, buffered: '' }
  socket.setNoDelay(true)
  let work: Promise<unknown> = answer(talk, 'greeting', '')
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    talk.buffered += chunk.toString('latin1')
    work = work.then(() => read(talk))
  })
  socket.on('close', () => {
    smtp.sockets.delete(socket)
    work = work.then(() => void (talk.inBody && smtp.discarded.push(talk.buffered)))
  })
}

async function read(talk: Talk): Promise<void> {
  for (;;) {
    const ending = talk.inBody ? '\r\n.\r\n' : '\r\n'
    const at = talk.buffered.indexOf(ending)
    if (at < 0 || talk.socket.destroyed) return
    const text = talk.buffered.slice(0, at)
    talk.buffered = talk.buffered.slice(at + ending.length)
    await (talk.inBody ? body(talk, text) : command(talk, text))
  }
}

async function body(talk: Talk, text: string): Promise<void> {
  talk.inBody = false
  const body = Buffer.from(text.replace(/^\./gm, ''), 'latin1').toString()
  const mail = { session: talk.session.number, from: talk.from, to: talk.to, body }
  talk.smtp.mails.push(mail)
  const said = await answer(talk, 'body', text)
  if (/^[45]/.test(said)) talk.smtp.mails.splice(talk.smtp.mails.indexOf(mail), 1)
  talk.session.mails++
}

async function command(talk: Talk, line: string): Promise<void> {
  talk.session.commands.push(line)
  const step = (line.split(' ')[0] ?? '').toUpperCase() as Step
  const text = Buffer.from(line, 'latin1').toString()
  const said = await answer(talk, step, text)
  const address = /<(.*?)>/.exec(text)?.[1] ?? ''
  if (step === 'MAIL') Object.assign(talk, { from: address, to: [] })
  if (step === 'RCPT' && said.startsWith('2')) talk.to = [...talk.to, address]
  if (step === 'DATA' && said.startsWith('3')) talk.inBody = true
  if (step === 'QUIT') talk.socket.end()
}

/** Gives the reply that was sent, or `cut`. */
async function answer(talk: Talk, step: Step, line: string): Promise<string> {
  const said = (await talk.smtp.script(step, line, talk.session)) ?? ordinary(talk, step)
  const [reply, then] = typeof said === 'string' && !['FIN', 'RST', 'HANG'].includes(said) ? [said, ''] : parts(said)
  if (then === 'HANG') await new Promise(() => undefined)
  if (reply) talk.socket.write(`${reply}\r\n`)
  if (then === 'FIN') talk.socket.end()
  if (then === 'RST') talk.socket.resetAndDestroy()
  return reply || 'cut'
}

function parts(said: Answer): [string, string] {
  return typeof said === 'string' ? ['', said] : [said.reply, said.then]
}

function ordinary(talk: Talk, step: Step): string {
  if (step === 'greeting') return '220 scripted.example ESMTP'
  if (step === 'EHLO') return ['scripted.example', ...talk.extensions].map((line, i, all) => `250${i < all.length - 1 ? '-' : ' '}${line}`).join('\r\n')
  if (step === 'DATA') return talk.to.length > 0 ? '354 Go ahead' : '503 5.5.1 No recipients'
  if (step === 'AUTH') return '235 2.7.0 Welcome'
  if (step === 'QUIT') return '221 2.0.0 Bye'
  return step === 'body' ? `250 2.0.0 Ok: queued as ${talk.smtp.mails.length}` : '250 2.1.0 Ok'
}

export interface SlowSmtp {
  readonly port: number
  /** Bytes of the body, the final dot too. */
  bytes(): number
  /** Takes the body, which it does not read before. */
  resume(): void
  close(): Promise<void>
}

/** A server that says 354 and then does not read, until it is told to. */
export async function slowSmtp(): Promise<SlowSmtp> {
  let bytes = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    let inBody = false
    sockets.add(socket)
    socket.write('220 slow.example\r\n')
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1')
      if (inBody) bytes += chunk.length
      if (inBody) return text.endsWith('\r\n.\r\n') && socket.write('250 2.0.0 Ok\r\n')
      inBody = text.startsWith('DATA')
      socket.write(inBody ? '354 Go ahead\r\n' : '250 Ok\r\n')
      if (inBody) socket.pause()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const resume = () => sockets.forEach((socket) => void socket.resume())
  return { port: (server.address() as AddressInfo).port, bytes: () => bytes, resume, close: () => shut(server, sockets) }
}
