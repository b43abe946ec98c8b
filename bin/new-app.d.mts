/** Makes an app in a folder that is empty or not there. Gives what is wrong, null when it is made. */
export function makeApp(directory: string): Promise<string | null>

/** What to do next. */
export function formatMade(directory: string): string
