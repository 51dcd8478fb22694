import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** What an API does with a request. `{url}` in a header is where it listens. */
export type ApiAnswer =
  | 'nobody'
  | {
      readonly status: number
      readonly body?: object | string
      readonly headers?: Readonly<Record<string, string>>
    }
  | 'reset-unread'
  | 'reset-read'
  | 'silence'
  | 'cut-off'

export interface Api extends AsyncDisposable {
  readonly url: string
  /** Bodies of the requests that were read. */
  readonly requests: readonly { readonly method: string; readonly body: string }[]
}

/** A local server that gives these answers, one after the other; the last one to all that follow. */
export async function startApi(answers: readonly ApiAnswer[]): Promise<Api> {
  const requests: { method: string; body: string }[] = []
  let asked = 0
  const server = createServer(async (request, response) => {
    const answer = answers[Math.min(asked++, answers.length - 1)] ?? 'silence'
    const { method = '' } = request
    requests.push({ method, body: answer === 'reset-unread' ? '' : await text(request) })
    if (answer === 'reset-unread') return void request.socket.resetAndDestroy()
    if (answer === 'silence') return
    if (answer === 'reset-read') return void request.socket.resetAndDestroy()
    if (typeof answer === 'string') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 500 })
      return void response.write('{"id":"1', () => request.socket.resetAndDestroy())
    }
    const { status, body = '', headers } = answer
    const isJson = typeof body !== 'string'
    const given = Object.entries(headers ?? {}).map(([name, value]) => [name, value.replace('{url}', url)])
    response.writeHead(status, {
      'content-type': isJson ? 'application/json' : 'text/html',
      ...Object.fromEntries(given),
    })
    response.end(isJson ? JSON.stringify(body) : body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async () => {
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  if (answers[0] === 'nobody') await close()
  return { url, requests, [Symbol.asyncDispose]: close }
}
