import {
  type DatabaseIntrospector,
  type DialectAdapter,
  DummyDriver,
  Kysely,
  type KyselyPlugin,
  OperationNodeTransformer,
  type PluginTransformQueryArgs,
  type QueryCompiler,
  type RootOperationNode,
  type SchemableIdentifierNode,
} from 'kysely'
import type { Schema } from './schema.ts'
import { type TableName, tableNames } from './tables.ts'

export interface Compiler {
  readonly adapter: DialectAdapter
  readonly compiler: QueryCompiler
  readonly introspector: (db: Kysely<never>) => DatabaseIntrospector
}

/** A Kysely that compiles for one database and runs nothing. */
export function compileOnly(
  { adapter, compiler, introspector }: Compiler,
  plugin: KyselyPlugin,
): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => adapter,
      createDriver: () => new DummyDriver(),
      createQueryCompiler: () => compiler,
      createIntrospector: (db) => introspector(db as never),
    },
    plugins: [plugin],
  })
}

/** Gives our tables, and no alias, their schema or prefix. */
export class TablesPlugin extends OperationNodeTransformer implements KyselyPlugin {
  readonly #rename: (table: TableName) => SchemableIdentifierNode

  constructor(rename: (table: TableName) => SchemableIdentifierNode) {
    super()
    this.#rename = rename
  }

  transformQuery({ node }: PluginTransformQueryArgs): RootOperationNode {
    return this.transformNode(node)
  }

  transformResult: KyselyPlugin['transformResult'] = async ({ result }) => result

  protected override transformSchemableIdentifier(node: SchemableIdentifierNode): SchemableIdentifierNode {
    const name = node.identifier.name
    return node.schema === undefined && isTable(name) ? this.#rename(name) : node
  }
}

function isTable(name: string): name is TableName {
  return (tableNames as readonly string[]).includes(name)
}
