import { expect } from "vitest";
import type { Capture } from "./capture.ts";
import { dissect } from "./dissect.ts";

/** Ends a capture, and expects that tshark has nothing to say against what these addresses sent, which is something. */
export async function expectWellFormed(capture: Capture, ...addresses: string[]): Promise<void> {
  const verdict = await dissect(await capture.stop(), addresses);
  expect(verdict.ssdp).toBeGreaterThan(0);
  expect(verdict).toMatchObject({ complaints: [], unreadable: [] });
}

/** As `expectWellFormed`, for mDNS. */
export async function expectWellFormedMdns(capture: Capture, ...addresses: string[]): Promise<void> {
  const verdict = await dissect(await capture.stop(), addresses);
  expect(verdict.mdns).toBeGreaterThan(0);
  expect(verdict).toMatchObject({ complaints: [], unreadable: [] });
}
