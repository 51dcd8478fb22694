import { cleanText } from '../../foreign.ts'
import type { Reply } from '../../outcome.ts'

/** Takes a whole SMTP reply apart: code, enhanced status code (RFC 3463) where there is one, and the text of its lines without them. */
export function parseReply(response: string): Reply {
  const lines = response.slice(0, longest).trim().split(/\r?\n/)
  const code = Number(/^(\d{3})(?:[ -]|$)/.exec(lines[0] ?? '')?.[1])
  if (!code) return { text: cleanText(response) }
  const texts = lines.map((line) => line.replace(/^\d{3}(?:[ -]|$)/, ''))
  const enhanced = /^([245]\.\d{1,3}\.\d{1,3})(?:\s|$)/.exec(texts[0] ?? '')?.[1]
  if (!enhanced) return { code, text: cleanText(texts.join('\n')) }
  const bare = texts.map((text) =>
    text.startsWith(enhanced) ? text.slice(enhanced.length).trimStart() : text,
  )
  return { code, enhanced, text: cleanText(bare.join('\n')) }
}

const longest = 16_000
