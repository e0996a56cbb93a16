/** Longest timer that Node takes without making it 1 ms. */
const FOREVER = 2 ** 31 - 1;

/** Keeps the program running until the returned function is called. */
export function keepAlive(): () => void {
  const timer = setInterval(() => {}, FOREVER);
  return () => clearInterval(timer);
}
