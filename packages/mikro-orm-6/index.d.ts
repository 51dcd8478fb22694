interface Orm {
  init(options: never): Promise<unknown>
}
export declare const OnSqlite: Orm
export declare const OnMariadb: Orm
export declare const OnPostgres: Orm
