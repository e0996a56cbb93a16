/**
 * Tells every listener, whatever the others do; one that another takes out meanwhile is not told any more.
 * @throws what a listener threw, after all were told; an `AggregateError` when several did.
 */
export function tellAll<Listener>(
  listeners: ReadonlySet<Listener>,
  tell: (listener: Listener) => void,
): void {
  const errors: unknown[] = [];
  for (const listener of [...listeners]) {
    if (!listeners.has(listener)) continue;
    try {
      tell(listener);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, "several listeners threw");
}
