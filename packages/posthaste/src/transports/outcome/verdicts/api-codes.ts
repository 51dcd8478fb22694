import {
  accountStopped,
  contentRefused,
  type Judgement,
  later,
  loginRefused,
  mailLater,
  misconfigured,
  recipientGone,
  type Source,
  senderLater,
  throttled,
} from './verdict.ts'

/** Codes that providers give their errors, and the page of each that lists them. */
const providers: readonly (readonly [Source, Readonly<Record<string, Judgement>>])[] = [
  [
    'https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors, and CommonErrors',
    {
      AccountSuspendedException: accountStopped,
      SendingPausedException: accountStopped,
      AccountSendingPausedException: accountStopped,
      ProductionAccessNotGrantedException: accountStopped,
      ConfigurationSetSendingPausedException: accountStopped,
      ConfigurationSetDoesNotExistException: misconfigured,
      NotFoundException: misconfigured,
      LimitExceededException: throttled,
      TooManyRequestsException: throttled,
      ThrottlingException: throttled,
      Throttling: throttled,
      RequestThrottled: throttled,
      MailFromDomainNotVerifiedException: senderLater,
      FromEmailAddressNotVerifiedException: senderLater,
      MessageRejected: contentRefused,
      AccessDeniedException: loginRefused,
      AccessDenied: loginRefused,
      CredentialsProviderError: loginRefused,
      ExpiredTokenException: loginRefused,
      ExpiredToken: loginRefused,
      IncompleteSignature: loginRefused,
      InvalidClientTokenId: loginRefused,
      InvalidSignatureException: loginRefused,
      SignatureDoesNotMatch: loginRefused,
      MissingAuthenticationToken: loginRefused,
      NotAuthorized: loginRefused,
      OptInRequired: loginRefused,
      RequestExpired: loginRefused,
      UnrecognizedClientException: loginRefused,
      ServiceUnavailable: later,
    },
  ],
  [
    'https://resend.com/docs/api-reference/errors',
    {
      missing_api_key: loginRefused,
      invalid_api_key: loginRefused,
      restricted_api_key: loginRefused,
      invalid_from_address: senderLater,
      invalid_attachment: contentRefused,
      rate_limit_exceeded: throttled,
      daily_quota_exceeded: throttled,
      monthly_quota_exceeded: accountStopped,
      concurrent_idempotent_requests: later,
    },
  ],
  [
    'https://postmarkapp.com/developer/api/overview#error-codes',
    {
      'ErrorCode 10': loginRefused,
      'ErrorCode 400': senderLater,
      'ErrorCode 401': senderLater,
      'ErrorCode 405': accountStopped,
      'ErrorCode 406': recipientGone,
      'ErrorCode 411': contentRefused,
      'ErrorCode 412': accountStopped,
      'ErrorCode 413': accountStopped,
      'ErrorCode 429': throttled,
      'ErrorCode 100': later,
    },
  ],
  [
    'https://developers.brevo.com/docs/how-it-works#error-codes',
    {
      not_enough_credits: accountStopped,
      account_under_validation: accountStopped,
      permission_denied: accountStopped,
      reseller_permission_denied: accountStopped,
      unauthorized: loginRefused,
    },
  ],
  [
    'https://learn.microsoft.com/azure/communication-services/concepts/email/email-smtp-overview and the REST reference of Email: Send',
    {
      DomainNotLinked: senderLater,
      InvalidSenderUserName: senderLater,
      SenderUsernameNotFound: senderLater,
      EmailDroppedAllRecipientsSuppressed: recipientGone,
      EmailSizeExceeded: contentRefused,
      TooManyRequests: throttled,
      Unauthorized: loginRefused,
      Denied: loginRefused,
      InvalidAuthenticationToken: loginRefused,
    },
  ],
  [
    'https://nodemailer.com/errors: codes of Nodemailer itself, where no server was asked',
    {
      EENVELOPE: { verdict: 'rejected', scope: 'mail', proven: true },
      EMESSAGE: contentRefused,
      EFILEACCESS: contentRefused,
      EURLACCESS: contentRefused,
      EMAXRECIPIENTS: { verdict: 'rejected', scope: 'mail', proven: true },
      EREQUIRETLS: mailLater,
      EOTP: contentRefused,
      ECONFIG: misconfigured,
    },
  ],
]

export const apiCodes: ReadonlyMap<string, Judgement> = new Map(
  providers.flatMap(([, codes]) => Object.entries(codes)),
)

/** Where each code's meaning can be looked up. */
export const apiSources: ReadonlyMap<string, Source> = new Map(
  providers.flatMap(([source, codes]) => Object.keys(codes).map((code) => [code, source] as const)),
)
