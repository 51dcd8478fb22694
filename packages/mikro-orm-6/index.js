// It looks for other versions of its packages where the process runs, and finds those of version 7, which it never loads.
process.env.MIKRO_ORM_ALLOW_VERSION_MISMATCH = '1'

export { MikroORM as OnSqlite } from '@mikro-orm/better-sqlite'
export { MikroORM as OnMariadb } from '@mikro-orm/mariadb'
export { MikroORM as OnPostgres } from '@mikro-orm/postgresql'
