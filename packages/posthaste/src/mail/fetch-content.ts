import { Readable } from 'node:stream'
import { PosthasteError } from '../errors.ts'
import { isObject } from './content-fields.ts'
import type { ContentLimits } from './limits.ts'

const maxRedirects = 5

export interface FetchOptions {
  readonly field: string
  readonly limits: ContentLimits
  readonly headers: unknown
  readonly tls: unknown
  readonly signal: AbortSignal | undefined
}

/**
 * Fetches a URL of an allowed host. Each redirect is judged like the URL itself, and the given headers never go to another origin.
 *
 * @throws {PH_URL_REFUSED} {PH_CONTENT_UNREADABLE} {PH_MAIL_INVALID}
 */
export async function fetchContent(href: string, options: FetchOptions): Promise<NodeJS.ReadableStream> {
  const { field, limits, tls } = options
  if (isObject(tls))
    throw new PosthasteError(
      'PH_MAIL_INVALID',
      `${field} has tls options: fetch it yourself and pass the content`,
    )
  const timeout = AbortSignal.timeout(limits.fetchTimeout)
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
  const start = allowedUrl(href, options)
  let url = start
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const response = await request(url, {
      ...options,
      signal,
      headers: url.origin === start.origin ? options.headers : undefined,
    })
    const location = isRedirect(response) && response.headers.get('location')
    if (!location) return bodyOf(response, field)
    await response.body?.cancel()
    url = allowedUrl(new URL(location, url).href, options)
  }
  throw new PosthasteError('PH_CONTENT_UNREADABLE', `${field}: more than ${maxRedirects} redirects`)
}

function allowedUrl(href: string, { field, limits }: FetchOptions): URL {
  const url = URL.canParse(href) ? new URL(href) : undefined
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (
    !url ||
    !isWeb ||
    url.username ||
    url.password ||
    !limits.hosts.some((host) => host.toLowerCase() === url.host)
  ) {
    throw new PosthasteError('PH_URL_REFUSED', field)
  }
  return url
}

async function request(url: URL, { field, headers, signal }: FetchOptions): Promise<Response> {
  try {
    const init = isObject(headers) ? { headers: headers as Record<string, string> } : {}
    return await fetch(url, { ...init, redirect: 'manual', signal: signal ?? null })
  } catch (cause) {
    throw new PosthasteError('PH_CONTENT_UNREADABLE', field, { cause })
  }
}

function isRedirect({ status }: Response): boolean {
  return [301, 302, 303, 307, 308].includes(status)
}

async function bodyOf(response: Response, field: string): Promise<NodeJS.ReadableStream> {
  if (response.ok && response.body)
    return Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0])
  await response.body?.cancel()
  throw new PosthasteError('PH_CONTENT_UNREADABLE', `${field}: the server answered ${response.status}`)
}
