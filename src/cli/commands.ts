import type { Command } from './command.ts'
import { runCommand } from './run-command.ts'
import { sqlCommand } from './sql-command.ts'

/** All commands, in the order in which the overview shows them. */
export const COMMANDS: readonly Command[] = [runCommand, sqlCommand]
