import { ConfigError } from '../../config/problems.ts'
import { findKit, UnknownKitError } from '../../kits/find-kit.ts'
import type { Kit } from '../../kits/read-kit.ts'
import { CommandError, ExitStatus } from '../command-error.ts'

/** Finds a kit by its name or its folder. @throws {CommandError} Saying what is wrong. */
export async function kitOrError(nameOrFolder: string): Promise<Kit> {
  try {
    return await findKit(nameOrFolder)
  } catch (error) {
    const isExpected = error instanceof UnknownKitError || error instanceof ConfigError
    if (!isExpected) throw error
    throw new CommandError(error.message, ExitStatus.usage)
  }
}
