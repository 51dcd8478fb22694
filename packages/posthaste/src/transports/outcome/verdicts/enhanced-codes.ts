import {
  accountStopped,
  contentRefused,
  type Judgement,
  later,
  mailLater,
  perhapsThrottled,
  recipientGone,
  recipientLater,
  recipientRefused,
  refused,
  type Source,
  senderLater,
  senderRefused,
  throttled,
} from './verdict.ts'

/** RFC 3463 and IANA's registry of enhanced status codes: subject and detail, with what they mean in a 4xx and in a 5xx reply. */
type Row = readonly [code: string, in4xx: Judgement, in5xx: Judgement | undefined, source: Source]

const iana = 'https://www.iana.org/assignments/smtp-enhanced-status-codes'
const exchange =
  'https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online'

/**
 * A code that is not here says nothing: then the text may, and then the reply code. The codes of logins (7.8 to 7.14) are not here: with a
 * 53x the reply code says it, and Yahoo means policy by `554 5.7.9`.
 */
export const enhancedCodes: readonly Row[] = [
  ['1.1', recipientLater, recipientGone, 'RFC 3463 §3.2: bad destination mailbox address'],
  ['1.2', recipientLater, recipientGone, 'RFC 3463 §3.2: bad destination system address'],
  ['1.3', recipientLater, recipientGone, 'RFC 3463 §3.2: bad destination mailbox address syntax'],
  ['1.4', recipientLater, recipientRefused, 'RFC 3463 §3.2: destination mailbox address ambiguous'],
  ['1.6', recipientLater, recipientGone, 'RFC 3463 §3.2: destination mailbox has moved'],
  ['1.7', senderLater, senderRefused, "RFC 3463 §3.2: bad sender's mailbox address syntax"],
  ['1.8', senderLater, senderRefused, "RFC 3463 §3.2: bad sender's system address"],
  ['1.10', recipientLater, recipientGone, 'RFC 7505 §4.1: recipient address has null MX'],
  ['1.90', accountStopped, accountStopped, `${exchange}: daily limit of recipients reached`],
  ['2.1', recipientLater, recipientGone, 'RFC 3463 §3.3: mailbox disabled'],
  ['2.2', recipientLater, recipientGone, 'RFC 3463 §3.3: mailbox full'],
  ['2.3', recipientLater, recipientGone, "RFC 3463 §3.3: message longer than the mailbox's limit"],
  ['2.4', recipientLater, recipientRefused, 'RFC 3463 §3.3: mailing list expansion problem'],
  ['2.122', recipientLater, recipientRefused, `${exchange}: the recipient gets too much mail`],
  ['2.252', senderLater, senderRefused, `${exchange}: SendAsDenied`],
  ['3.1', throttled, throttled, 'RFC 3463 §3.4: mail system full'],
  ['3.4', mailLater, contentRefused, 'RFC 3463 §3.4: message too big for system'],
  ['4.5', perhapsThrottled, undefined, 'RFC 3463 §3.5: mail system congestion; Gmail means a quota by 5.4.5'],
  ['5.3', recipientLater, later, 'RFC 3463 §3.6: too many recipients'],
  ['6.0', mailLater, contentRefused, 'RFC 3463 §3.7: other or undefined media error'],
  ['6.1', mailLater, contentRefused, 'RFC 3463 §3.7: media not supported'],
  ['6.2', mailLater, contentRefused, 'RFC 3463 §3.7: conversion required and prohibited'],
  ['6.3', mailLater, contentRefused, 'RFC 3463 §3.7: conversion required but not supported'],
  ['6.4', mailLater, contentRefused, 'RFC 3463 §3.7: conversion with loss performed'],
  ['6.5', mailLater, contentRefused, 'RFC 3463 §3.7: conversion failed'],
  ['6.6', mailLater, contentRefused, `${iana}: message content not available (RFC 4468)`],
  ['6.7', mailLater, contentRefused, `${iana}: non-ASCII addresses not permitted (RFC 6531)`],
  ['6.9', mailLater, contentRefused, `${iana}: header downgrade not possible (RFC 6531)`],
  ['7.3', later, refused, 'RFC 3463 §3.8: security conversion required'],
  ['7.13', accountStopped, accountStopped, `${iana}: user account disabled (RFC 5248)`],
  ['7.17', recipientLater, recipientRefused, 'RFC 7293 §14: mailbox owner has changed'],
  ['7.18', recipientLater, recipientRefused, 'RFC 7293 §14: domain owner has changed'],
  ['7.20', senderLater, senderRefused, 'RFC 7372 §3.1: no passing DKIM signature'],
  ['7.21', senderLater, senderRefused, 'RFC 7372 §3.1: no acceptable DKIM signature'],
  ['7.22', senderLater, senderRefused, 'RFC 7372 §3.1: no author-matched DKIM signature'],
  ['7.23', senderLater, senderRefused, 'RFC 7372 §3.2: SPF validation failed'],
  ['7.24', senderLater, senderRefused, 'RFC 7372 §3.2: SPF validation error'],
  ['7.25', perhapsThrottled, refused, 'RFC 7372 §3.3: reverse DNS validation failed'],
  ['7.26', senderLater, senderRefused, 'RFC 7372 §3.4: multiple authentication checks failed'],
  ['7.27', senderLater, senderRefused, 'RFC 7505 §4.2: sender address has null MX'],
  [
    '7.28',
    perhapsThrottled,
    perhapsThrottled,
    `${iana}: mail flood detected; Gmail's code for unusual rates`,
  ],
  ['7.60', senderLater, senderRefused, `${exchange}: no permission to send as this sender`],
  ['7.501', accountStopped, accountStopped, `${exchange}: sender is banned for spam`],
  ['7.502', accountStopped, accountStopped, `${exchange}: sender is banned`],
  ['7.503', accountStopped, accountStopped, `${exchange}: sender is banned`],
  ['7.508', throttled, throttled, `${exchange}: the address sent too much today`],
  ['7.509', senderLater, senderRefused, `${exchange}: the sending domain does not pass DMARC`],
  ['7.705', accountStopped, accountStopped, `${exchange}: tenant has exceeded its threshold`],
  ['7.708', accountStopped, accountStopped, `${exchange}: traffic is not accepted from this address`],
  ['7.750', senderLater, senderLater, `${exchange}: unregistered sending domain`],
]
