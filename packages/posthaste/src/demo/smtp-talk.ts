import type { Socket } from 'node:net'

/** A mail that was accepted with the final 250. */
export interface Accepted {
  readonly to: readonly string[]
  readonly body: Buffer
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What the server counts. */
export interface Counted {
  /** Those whose answer was kept back, too. */
  readonly accepted: Accepted[]
  /** Every refusal, by its reply code. */
  readonly refused: number[]
  /** What was never answered: a recipient, or a body that was taken. */
  readonly unanswered: Moment[]
}

export type Moment = 'recipient' | 'body'

/** How the server treats a recipient. */
export interface Manners {
  /** The reply that refuses it. */
  refusal: (recipient: string) => string | undefined
  /** Whether the answer is kept back, for good. */
  isSilent: (recipient: string, moment: Moment) => boolean
}

/** One connection. */
interface Talk extends Counted {
  readonly socket: Socket
  readonly manners: Manners
  /** An answer was kept back: nothing more is heard. */
  isOver: boolean
  to: string[]
  /** The pieces of a body that is on its way. */
  body: Buffer[] | undefined
  unread: Buffer
}

/** The server's side of one conversation. */
export function talkOver(socket: Socket, manners: Manners, counted: Counted): void {
  const talk = { ...counted, socket, manners, isOver: false, to: [], body: undefined, unread: empty }
  socket.on('error', () => {}).on('data', (chunk) => hear(talk, chunk))
  say(talk, '220 demo.example ESMTP')
}

const empty = Buffer.alloc(0)
const lineBreak = Buffer.from('\r\n')
const ending = Buffer.from('\r\n.\r\n')

/** Commands may come many at once, a body in pieces. */
function hear(talk: Talk, chunk: Buffer): void {
  talk.unread = Buffer.concat([talk.unread, chunk])
  while (!talk.isOver && (talk.body ? readBody(talk, talk.body) : readCommand(talk)));
}

function readCommand(talk: Talk): boolean {
  const end = talk.unread.indexOf(lineBreak)
  if (end < 0) return false
  const line = talk.unread.subarray(0, end).toString()
  talk.unread = talk.unread.subarray(end + lineBreak.length)
  const command = commands[line.slice(0, 4).toUpperCase()]
  say(talk, command ? command(talk, line) : '502 Not known here')
  return true
}

const commands: Record<string, (talk: Talk, line: string) => string> = {
  EHLO: () => '250-demo.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 67108864',
  MAIL: reset,
  RSET: reset,
  NOOP: () => '250 OK',
  RCPT(talk, line) {
    const address = /<([^>]*)>/.exec(line)?.[1] ?? ''
    const refused = talk.manners.refusal(address)
    if (refused) talk.refused.push(Number(refused.slice(0, 3)))
    else talk.to.push(address)
    return refused ?? answer(talk, 'recipient', '250 OK')
  },
  DATA(talk) {
    if (talk.to.length === 0) return '554 5.5.1 No recipients'
    talk.body = [lineBreak]
    return '354 Go on'
  },
  QUIT(talk) {
    talk.socket.end('221 Bye\r\n')
    return ''
  },
}

function reset(talk: Talk): string {
  talk.to = []
  return '250 OK'
}

/** The ending may lie across two pieces, so the last bytes of what came before are looked at again. */
function readBody(talk: Talk, body: Buffer[]): boolean {
  const last = body.pop() ?? lineBreak
  const cut = Math.max(0, last.length - ending.length + 1)
  const seen = Buffer.concat([last.subarray(cut), talk.unread])
  const end = seen.indexOf(ending)
  body.push(last.subarray(0, cut), end < 0 ? seen : seen.subarray(0, end))
  talk.unread = end < 0 ? empty : seen.subarray(end + ending.length)
  if (end < 0) return false
  talk.body = undefined
  // RFC 5321 §4.5.2: a line that begins with a dot was given one more.
  const text = Buffer.concat(body)
    .subarray(lineBreak.length)
    .toString('latin1')
    .replace(/(?<=^|\r\n)\.\./g, '.')
  talk.accepted.push({ to: talk.to, body: Buffer.from(text, 'latin1'), at: Date.now() })
  say(talk, answer(talk, 'body', '250 2.0.0 Accepted'))
  return true
}

/** The reply, or none where it is kept back. */
function answer(talk: Talk, moment: Moment, reply: string): string {
  talk.isOver = talk.to.some((recipient) => talk.manners.isSilent(recipient, moment))
  if (!talk.isOver) return reply
  talk.unanswered.push(moment)
  return ''
}

function say({ socket }: Talk, reply: string): void {
  if (reply !== '' && socket.writable) socket.write(`${reply}\r\n`)
}
