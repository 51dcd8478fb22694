import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export type MailgunAnswer = 'hang-up' | 'silence' | { readonly status: number; readonly message: string }

/** A local server that speaks as much of Mailgun's API as its Nodemailer transport asks for; it keeps the forms that it was sent. */
export async function fakeMailgun() {
  const forms: Record<string, string[]>[] = []
  const api = {
    answer: { status: 200, message: 'Queued. Thank you.' } as MailgunAnswer,
    forms,
    url: '',
    close: (): Promise<void> => Promise.resolve(),
  }
  const server = createServer(async (request, response) => {
    forms.push(formOf(request, await text(request)))
    const { answer } = api
    if (answer === 'silence') return
    if (answer === 'hang-up') return void request.socket.destroy()
    response.writeHead(answer.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ id: '<from-mailgun@example.com>', message: answer.message }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  api.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  api.close = () => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  }
  return api
}

function formOf(request: IncomingMessage, body: string): Record<string, string[]> {
  const boundary = /boundary=(.+)$/.exec(request.headers['content-type'] ?? '')?.[1] ?? '?'
  const form: Record<string, string[]> = {}
  for (const part of body.split(`--${boundary}`)) {
    const [, name = '', value = ''] = /name="([^"]+)"[\s\S]*?\r\n\r\n([\s\S]*)\r\n$/.exec(part) ?? []
    if (name) form[name] = [...(form[name] ?? []), value]
  }
  return form
}
