import { hash } from 'node:crypto'
import { detectExtension } from 'nodemailer/lib/mime-funcs'
import { PosthasteError } from '../errors.ts'
import { bounds } from './limits.ts'

export interface TakenImages {
  readonly html: string
  readonly attachments: { readonly path: string; readonly cid: string; readonly filename: string }[]
}

/**
 * What Nodemailer's `attachDataUrls` does, but that an image's id comes from its bytes and not from chance: every attempt must be the same mail.
 * The pattern is Nodemailer's own, bounded so that it stays linear.
 */
export function takeDataImages(html: string): TakenImages {
  const attachments: TakenImages['attachments'] = []
  const replaced = html.replace(
    /(<img\b[^<>]{0,1024} src\s{0,20}=[\s"']{0,20})(data:([^;"'<>\s]{1,255});[^"'>\s]+)/gi,
    (_, prefix: string, path: string, type: string) => {
      const number = attachments.length + 1
      if (number > bounds.attachments)
        throw new PosthasteError('PH_MAIL_INVALID', `html holds more than ${bounds.attachments} data: images`)
      const cid = `${hash('sha256', `${number} ${path}`).slice(0, 20)}@localhost`
      attachments.push({ path, cid, filename: `image-${number}.${detectExtension(type)}` })
      return `${prefix}cid:${cid}`
    },
  )
  return { html: replaced, attachments }
}
