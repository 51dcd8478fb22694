import type { MailRecord } from '../store/store.ts'
import { subjectOf } from './mail-table.ts'

/** A mail as scripts read it; covered by SemVer. */
export function mailAsJson(mail: MailRecord) {
  return { ...mail, subject: subjectOf(mail) }
}
