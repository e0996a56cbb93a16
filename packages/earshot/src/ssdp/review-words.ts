import type { MalformedReason, ViolationCode } from "./message.ts";

/** What is wrong with what a message says, where its form is right. */
export type ContentCode = "bad-header-value" | "inconsistent-usn" | "missing-header";

/** What the standard asks of the form of a message that is read all the same, a sentence for each deviation. */
export const WORDS: { readonly [Code in Exclude<ViolationCode, "conflicting-header">]: string } = {
  "bad-header-name": "a header name is a token: no space and no separator in it (UDA 1.1.2, RFC 2616 4.2)",
  "bare-carriage-return": "a line ends with CR LF; a CR stands nowhere else (RFC 2616 2.2)",
  body: "an SSDP message has no body (UDA 1.2.2, 1.3.2, 1.3.3)",
  "control-character": "a header value has no control characters (RFC 2616 2.2)",
  "duplicate-header": "a header comes once (RFC 2616 4.2: only lists may be repeated)",
  "folded-line": "a header is written on one line (RFC 7230 3.2.4)",
  "indented-header": "a header name begins its line (RFC 2616 4.2)",
  "inexact-status-line": "a response begins with HTTP/1.1 200 OK, exactly (UDA 1.1.1)",
  "line-feed-only": "a line ends with CR LF, not LF alone (UDA 1.1.1, RFC 2616 2.2)",
  "line-without-colon": "a header is a name, a colon and a value (UDA 1.1.2)",
  "missing-blank-line": "a blank line ends the headers (UDA 1.1.2, RFC 2616 4.1)",
  "no-space-after-colon": "one space is to follow the colon of a header (RFC 2616 4.2: preferred)",
  "not-utf-8": "header values are ASCII, at most UTF-8 (UDA 1.1.2)",
  "space-before-colon": "no space stands between a header's name and its colon (RFC 7230 3.2.4)",
  "tab-as-space": "the start line has single spaces, no tabs (RFC 2616 5.1)",
  "trailing-padding": "nothing follows the blank line that ends a message (UDA 1.1.2)",
  "unterminated-line": "the last line ends with CR LF as all others do (RFC 2616 4.1)",
};

/** Why something is no message. */
export const MALFORMED_WORDS: { readonly [Reason in MalformedReason]: string } = {
  empty: "an SSDP message begins with a start line (UDA 1.1.1)",
  "too-long": "it is longer than any SSDP message needs to be: more than 8 KiB",
  "line-too-long": "one of its lines is longer than 2 KiB",
  "too-many-headers": "it has more than 64 headers",
  "unknown-start-line":
    "an SSDP message begins with NOTIFY * HTTP/1.1, M-SEARCH * HTTP/1.1 or HTTP/1.1 200 OK (UDA 1.1.1)",
  "missing-request-uri": "the request URI of NOTIFY and M-SEARCH is * (UDA 1.1.1)",
  "bad-request-uri": "the request URI of NOTIFY and M-SEARCH is * (UDA 1.1.1)",
  "missing-http-version": "a request line ends with HTTP/1.1 (UDA 1.1.1)",
  "bad-http-version": "a request line ends with HTTP/1.1 (UDA 1.1.1)",
  "bad-status": "a response to a search has the status 200 (UDA 1.1.1)",
};
