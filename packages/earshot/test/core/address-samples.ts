import fc from "fast-check";
import { formatAddress } from "../../src/core/address.ts";

export const v4Bytes = fc.uint8Array({ minLength: 4, maxLength: 4 });
/** Addresses with long runs of zeros come up often enough to meet every rule of compression. */
export const v6Bytes = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255])));
export const v4Text = v4Bytes.map((bytes) => bytes.join("."));
export const v6Text = v6Bytes.map(formatAddress);
export const anyAddress = fc.oneof(
  v4Text,
  v6Text,
  v4Text.map((text) => `::ffff:${text}`),
  fc.ipV6(),
);
