/** The headers of a message by their names in lower case, unfolded and decoded; one that comes twice has both, a line each. */
export function parseHeaders(mime: Buffer): Record<string, string> {
  const end = mime.indexOf('\r\n\r\n')
  const head = mime.subarray(0, end < 0 ? mime.length : end).toString()
  const headers: Record<string, string> = {}
  for (const line of head.replace(/\r?\n(?=[ \t])/g, '').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon < 1) continue
    const name = line.slice(0, colon).trim().toLowerCase()
    const value = decodeWords(line.slice(colon + 1).trim())
    headers[name] = headers[name] === undefined ? value : `${headers[name]}\n${value}`
  }
  return headers
}

/** RFC 2047; words of one character set that follow each other may share a character, so they are joined first. */
function decodeWords(value: string): string {
  return value
    .replace(/(=\?[^?]+\?[bq]\?[^?]*\?=)\s+(?==\?[^?]+\?[bq]\?[^?]*\?=)/gi, '$1')
    .replace(/(?:=\?utf-8\?[bq]\?[^?]*\?=)+/gi, (words) =>
      Buffer.concat(
        [...words.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi)].map(([, form = '', text = '']) =>
          wordBytes(form, text),
        ),
      ).toString(),
    )
}

function wordBytes(form: string, text: string): Buffer {
  if (form.toLowerCase() === 'b') return Buffer.from(text, 'base64')
  const bytes = text
    .replaceAll('_', ' ')
    .replace(/=([\da-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
  return Buffer.from(bytes, 'latin1')
}
