/**
 * Tells how a request ended even when the component that made it is gone by then. The callbacks that are given to a mutation's
 * own `mutate` are dropped once nobody shows the mutation any more, and a row that was deleted is often gone before its deletion
 * has been told: the list is read again first. So: `afterUnmount(remove.mutateAsync(id), () => toast.success("It is gone."))`.
 * Without `onError` a failure is left to the mutation's `error`, for components that still show it.
 */
export function afterUnmount<T>(
  outcome: Promise<T>,
  onSuccess: (value: T) => void,
  onError: (error: unknown) => void = () => undefined,
): void {
  outcome.then(onSuccess, onError);
}
