/** A provider as Nest has them: what it needs comes in through the constructor. */
class OrdersService {
  constructor(database, mail) {
    this.database = database
    this.mail = mail
  }

  /** The order and its mail are in one transaction: both are there, or neither. */
  async place({ id, email, total }) {
    this.database.exec('begin immediate')
    try {
      this.database.prepare('insert into orders (id, email, total) values (?, ?, ?)').run(id, email, total)
      await this.mail.enqueueIn(
        this.database,
        { to: email, subject: `Your order ${id}`, text: `Confirm it: https://shop.example/confirm/${id}` },
        { priority: 'high', tags: ['order'] },
      )
      this.database.exec('commit')
    } catch (error) {
      this.database.exec('rollback')
      throw error
    }
  }
}

module.exports = { OrdersService }
