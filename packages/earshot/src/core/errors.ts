/**
 * Errors by whose fault they are. Each has a stable `code` to branch on; the message is for people.
 * A stranger on the network can cause none of them, except by refusing a user's own request (`RemoteError`).
 */
abstract class EarshotError extends Error {
  /** Stable, upper case, such as `INVALID_SEARCH_TARGET`. */
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** The caller used earshot wrongly: a search target, header, option or call order that cannot be. */
export class UsageError extends EarshotError {}

/** The operating system refused: a port in use, no permission, no usable interface. Its own error is the `cause`. */
export class NetworkError extends EarshotError {}

/** Nothing that was asked for came within the time given. */
export class TimeoutError extends EarshotError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("TIMEOUT", message, options);
  }
}

/** The other side answered, and the answer was no. */
export class RemoteError extends EarshotError {}

/** Bytes or text that are not what the codec reads. Engines count and drop such input; only codecs' callers see it. */
export class MalformedError extends EarshotError {}

export type { EarshotError };
