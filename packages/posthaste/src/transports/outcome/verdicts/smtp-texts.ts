import {
  accountStopped,
  contentRefused,
  type Judgement,
  later,
  perhapsThrottled,
  recipientGone,
  recipientLater,
  type Source,
  senderLater,
  senderRefused,
  throttled,
} from './verdict.ts'

/** What a text says where the codes say nothing. `first`: the first digit of the reply code, where only one of them is meant. */
export interface TextRow {
  /** A window (`.{0,30}`) ends where its first word comes again, so that no character is read for many beginnings. */
  readonly pattern: RegExp
  readonly first?: 4 | 5
  /** Only with this reply code. */
  readonly code?: number
  readonly meaning: Judgement
  readonly source: Source
}

/** The first row that matches decides. Every pattern is linear: a gap is bounded. */
export const smtpTexts: readonly TextRow[] = [
  {
    pattern: /gr[ae]y.?list/i,
    meaning: recipientLater,
    source: 'RFC 6647 §2: greylisting; Postgrey, Exim, rspamd',
  },
  {
    pattern: /STOREDRV\.Deliver;.{0,40}thread limit/i,
    meaning: recipientLater,
    source:
      'https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online: 432 4.3.2, the mailbox gets too much mail',
  },
  {
    pattern: /concurrent connections? limit/i,
    code: 432,
    meaning: throttled,
    source: 'Exchange Online, client submission: 432 4.3.2 Concurrent connections limit exceeded',
  },
  {
    pattern: /too much mail from|too many recipients from/i,
    meaning: throttled,
    source: 'Postfix smtpd.c: smtpd_client_message_rate_limit, smtpd_client_recipient_rate_limit (450 4.7.1)',
  },
  {
    pattern: /too many (?:recipients|rcpts)/i,
    meaning: recipientLater,
    source: 'RFC 5321 §4.5.3.1.10: 452 or 552 at RCPT; the rest may be sent again',
  },
  {
    pattern: /throttling failure|maximum sending rate|(?:daily|hourly) message quota/i,
    meaning: throttled,
    source: 'https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html: 454 Throttling failure',
  },
  {
    pattern: /sending paused|(?:outgoing|outbound) (?:e-?)?mail.{0,60}(?:suspended|disabled|blocked)/i,
    meaning: accountStopped,
    source: 'Amazon SES: Sending paused for this account; cPanel and DirectAdmin: outgoing mail suspended',
  },
  {
    pattern:
      /your account (?:is|has been) (?:suspended|disabled|blocked|locked)|sending account (?:suspended|disabled)/i,
    meaning: accountStopped,
    source: 'Zoho (550 5.4.6), OVH and cPanel hosts, of the account that logged in',
  },
  {
    pattern: /too many (?:e-?mails|mails|messages|requests)(?: sent)? (?:per|in|within)/i,
    meaning: throttled,
    source: 'Mailtrap: 550 5.7.0 Requested action not taken: too many emails per second',
  },
  {
    pattern:
      /rate.?limited|rate.?limit(?:ing)? (?:is |was |has been )?(?:exceeded|reached|hit)|exceeded (?:the |your )?(?:sending )?rate/i,
    meaning: throttled,
    source: 'OVH: 550 rate limited; Exim ratelimit ACL; Outlook.com: 451 4.7.650',
  },
  {
    pattern:
      /exceeded the max (?:e-?mails|defers)|max(?:imum)? (?:e-?mails|messages) per (?:second|minute|hour|day)/i,
    meaning: throttled,
    source: 'cPanel: 550 Domain … has exceeded the max emails per hour; max defers and failures per hour',
  },
  {
    pattern:
      /(?:daily|hourly|monthly|sending|message|send) (?:user )?(?:sending )?(?:quota|rate|limit).{0,30}(?:exceed|reach)/i,
    meaning: throttled,
    source: 'https://support.google.com/a/answer/3726730: 550 5.4.5 Daily user sending limit exceeded',
  },
  {
    pattern:
      /email address is not verified|domain (?:name )?is not verified|(?:domain|identity) not verified/i,
    meaning: senderLater,
    source: 'https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html: 554 Message rejected',
  },
  {
    pattern:
      /sender (?:address |domain |e-?mail )?(?:rejected|refused|denied|not allowed)|sender (?:verify failed|unknown|not found)|not (?:permitted|allowed|authori[sz]ed) to (?:send|relay) (?:as|from)/i,
    first: 5,
    meaning: senderRefused,
    source:
      'Postfix smtpd_check.c: Sender address rejected; Exchange: SendAsDenied; Exim: Sender verify failed',
  },
  {
    pattern:
      /no such (?:user|recipient|mailbox|person)|(?:user|recipient|mailbox) (?:is )?(?:unknown|not found|not known|does not exist)|(?:unknown|invalid) (?:user|recipient|mailbox)|no mailbox here by that name/i,
    first: 5,
    meaning: recipientGone,
    source:
      'RFC 5321 §4.2.3: 550 no such user here; Postfix: User unknown; qmail: no mailbox here by that name',
  },
  {
    pattern: /\bsize\b|too (?:big|large)/i,
    code: 552,
    meaning: contentRefused,
    source: 'RFC 1870 §6.1: 552 message size exceeds fixed maximum message size',
  },
  {
    pattern: /throttl|too many|too fast|too frequent|unusual rate|unexpected volume|slow down|server busy/i,
    first: 4,
    meaning: perhapsThrottled,
    source:
      'Gmail 421 4.7.28, Yahoo TSS04 and Outlook 451 4.7.500 say it so; Exim and Postfix of connections and errors',
  },
  {
    pattern:
      /rate(?:(?!rate).){0,20}(?:limit|exceed)|(?:limit|quota)(?:(?!limit|quota).){0,20}(?:exceed|reach)|exceed(?:(?!exceed).){0,30}(?:limit|rate|quota)/i,
    first: 4,
    meaning: perhapsThrottled,
    source: 'https://support.google.com/a/answer/3726730: 421 4.7.0, 450 4.2.1 with other words',
  },
  {
    pattern: /(?:try|retry) (?:again )?later|temporar(?:y|ily)/i,
    first: 5,
    meaning: later,
    source: 'RFC 5321 §4.2.1: a 5xx that says it is temporary is not for good',
  },
]
