/** As SQL, which server (PostgreSQL: and which database of it) this is; the same from every connection to it, whatever its settings. */
export const serverIdentity = {
  postgres: "current_database() || '/' || extract(epoch from pg_postmaster_start_time())",
  mysql: "concat(@@hostname, '/', @@port)",
}
