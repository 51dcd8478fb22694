/** Bytes of the header that are looked at; more is no header. */
const searched = 256 * 1024

/** The first header of this name in a whole message (RFC 5322), unfolded; undefined when it is not there. */
export function rawHeader(raw: string | Uint8Array, name: string): string | undefined {
  return rawHeaders(raw, name)[0]
}

/** Every header of this name: a message may name its recipients in several. */
export function rawHeaders(raw: string | Uint8Array, name: string): string[] {
  const lines = headerOf(raw)
    .replace(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/)
  return lines.flatMap((line) => {
    const colon = line.indexOf(':')
    if (colon < 0 || line.slice(0, colon).trimEnd().toLowerCase() !== name.toLowerCase()) return []
    return line.slice(colon + 1).trim() || []
  })
}

function headerOf(raw: string | Uint8Array): string {
  const text =
    typeof raw === 'string'
      ? raw.slice(0, searched)
      : Buffer.from(raw.subarray(0, searched)).toString('latin1')
  const end = text.search(/\r?\n\r?\n/)
  const header = end < 0 ? text : text.slice(0, end)
  return typeof raw === 'string' ? header : utf8Of(header)
}

/** Headers are ASCII or UTF-8 (RFC 6532); what is neither is read a byte to a character. */
function utf8Of(latin1: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(latin1, 'latin1'))
  } catch {
    return latin1
  }
}

/** Encoded words (RFC 2047) as a person reads them. */
export function decodeWords(text: string): string {
  return text
    .replace(/(=\?[^?\s]{1,60}\?[bq]\?[^?\s]*\?=)\s+(?==\?)/gi, '$1')
    .replace(
      /=\?([^?*\s]{1,40})(?:\*[^?\s]{0,20})?\?([bq])\?([^?\s]*)\?=/gi,
      (whole, charset, encoding, word) => decodeWord(word, { charset, encoding }) ?? whole,
    )
}

function decodeWord(
  word: string,
  { charset, encoding }: { charset: string; encoding: string },
): string | undefined {
  const quoted = word
    .replace(/_/g, ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const bytes = /b/i.test(encoding) ? Buffer.from(word, 'base64') : Buffer.from(quoted, 'latin1')
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return undefined
  }
}
