#!/usr/bin/env node
import { main } from './cli.ts'

void main(process.argv.slice(2))
