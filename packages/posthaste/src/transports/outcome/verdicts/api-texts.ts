import type { TextRow } from './smtp-texts.ts'
import {
  accountStopped,
  contentRefused,
  loginRefused,
  recipientGone,
  senderLater,
  throttled,
} from './verdict.ts'

type Row = Pick<TextRow, 'pattern' | 'meaning' | 'source'>

/** What an API's text says where its codes say nothing, or where one code (`validation_error`, 403, `MessageRejected`) means several things. */
export const apiTexts: readonly Row[] = [
  {
    pattern: /^api key is invalid/i,
    meaning: loginRefused,
    source: 'Resend 400, 401 and 403 validation_error',
  },
  {
    pattern: /not (?:been )?verified|unverified|does not match a verified/i,
    meaning: senderLater,
    source:
      'Resend 403, SES MessageRejected, SendGrid 403 (verified Sender Identity), Mailgun 403 (domain is unverified)',
  },
  {
    pattern:
      /identities failed the check|testing emails to your own|sandbox subdomains|sender (?:signature )?(?:is )?not (?:found|valid|allowed)/i,
    meaning: senderLater,
    source: 'SES sandbox, Resend 403 validation_error, Mailgun 403 sandbox, Postmark 422',
  },
  {
    pattern:
      /maximum credits exceeded|not enough credits|account (?:is |has been )?(?:suspended|disabled|under review)|sending paused/i,
    meaning: accountStopped,
    source: 'SendGrid 401, Brevo 402, Mailgun 403, SES 400',
  },
  {
    pattern:
      /(?:rate|sending|daily|hourly|monthly|recipient|message) (?:limit|quota).{0,30}(?:exceed|reach)|exceeded(?:(?!exceeded).){0,40}(?:limit|quota)|too many requests|throttl/i,
    meaning: throttled,
    source: 'Mailgun 403 and 429, SendGrid 429, Resend 429, SES 400',
  },
  {
    pattern:
      /'?\bto'? parameter is not a valid address|invalid `?to`? field|error parsing 'to'|\(personalizations\.\d{1,5}\.(?:to|cc|bcc)/i,
    meaning: recipientGone,
    source: 'Mailgun 400, Resend 422, Postmark 300, SendGrid 400 (errors[].field)',
  },
  {
    pattern:
      /email is not valid in to|inactive recipient|recipient(?:(?!recipient).){0,40}(?:inactive|suppress|blocklisted|unsubscribed)/i,
    meaning: recipientGone,
    source: 'Brevo 400 invalid_parameter, Postmark 406, Azure suppression list',
  },
  {
    pattern:
      /from parameter is not a valid address|invalid `?from`? field|error parsing 'from'|\(from(?:\.email)?\)|valid sender/i,
    meaning: senderLater,
    source: 'Mailgun 400, Resend 422, Postmark 300, SendGrid 400 (errors[].field), Brevo 400',
  },
  {
    pattern:
      /(?:message|email|attachment|content|payload|request)(?:(?!message|email|attachment|content|payload|request).){0,20}(?:too (?:large|big)|exceeds? the (?:maximum|limit|size))/i,
    meaning: contentRefused,
    source: 'Postmark 300 and 413, SES (message length exceeds the limit), Azure, Brevo',
  },
]
