declare module 'nodemailer-mailgun-transport' {
  function mailgunTransport(options: {
    auth: { api_key: string; domain: string }
    url: string
  }): import('nodemailer').Transport
  export = mailgunTransport
}
declare module 'nodemailer6' {
  export { createTransport } from 'nodemailer'
}
declare module 'nodemailer9' {
  export { createTransport } from 'nodemailer'
}
declare module 'mailauth/lib/dkim/verify.js'
