#!/usr/bin/env node
import { main } from './cli.ts'
import { hushSqlite } from './hush-sqlite.ts'

hushSqlite()
void main(process.argv.slice(2))
