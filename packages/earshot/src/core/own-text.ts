const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The same text as a string of its own. A string that was cut out of a datagram keeps all of the datagram's text in
 * memory for as long as it lives: what is kept for long is copied first.
 */
export function ownText(text: string): string {
  return decoder.decode(encoder.encode(text));
}
