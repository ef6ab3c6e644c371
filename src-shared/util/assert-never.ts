/** For the branch of a switch that cannot be reached; `rationale` says why not. */
export function assertNever(value: never, rationale: string): never {
  throw new Error(`${rationale}: ${JSON.stringify(value)}`);
}
