import type { Earshot, Monitor, MonitoredSsdp, Offer } from "../index.ts";
import { type SearchOptions, SsdpAgent, type SsdpOptions, splitUsn } from "../ssdp.ts";
import { Complaints } from "./complaints.ts";
import { EXIT } from "./exit-code.ts";
import { Faults } from "./faults.ts";
import type { Io } from "./io.ts";
import { earshotFor, type NetworkChoice } from "./options.ts";
import { onRequest } from "./requests.ts";
import { cell } from "./rows.ts";
import { Session } from "./session.ts";
import { type Speaker, Transcript, type TranscriptChoice } from "./transcript.ts";

/** What a command says on the network, and tells of it at the start. */
export interface Conversation {
  /** Such as `SSDP agent`. */
  readonly title: string;
  readonly offers: readonly Offer[];
  readonly searches: readonly string[];
  /** How often each is searched anew, in ms; 0: never. */
  readonly everyMs: number;
  readonly search: Omit<SearchOptions, "everyMs" | "signal">;
  readonly ssdp: SsdpOptions;
  /** Lines told at the start, after who speaks and where. */
  readonly lines: readonly string[];
}

export interface ConversationChoice extends NetworkChoice, TranscriptChoice {
  readonly for?: number;
}

/** What is heard and sent meanwhile tells who we are. Longer than devices wait before they announce themselves. */
const MOMENT_MS = 150;

/**
 * Speaks, and prints all that is heard and sent, until the user ends it; then says goodbye. SIGUSR1, or the line `notify`
 * on the standard input, announces once more. Resolves with the exit code.
 */
export async function converse(
  conversation: Conversation,
  choice: ConversationChoice,
  io: Io,
): Promise<number> {
  using session = new Session(io);
  const complaints = new Complaints(io.clock, (line) => io.stderr.write(line));
  const faults = new Faults(complaints, choice.verbose === true);
  await using earshot = earshotFor(io, choice, faults, { ssdp: conversation.ssdp });
  const transcript = new Transcript(io, choice);
  const monitor = earshot.monitor({ protocols: ["ssdp"] });
  const { offers, searches, everyMs, search } = conversation;
  const agent = new SsdpAgent({ earshot, offers, searches, everyMs, search });
  await agent.ready;
  const deaf = await faults.opened(earshot, io.clock, { onlyHears: false });
  if (deaf.length > 0) complaints.say("deaf", `what is sent to the group is not heard on ${deaf.join(", ")}`);
  const told = tell(monitor, transcript, session, io, (first) => speaker(conversation, first, earshot));
  onRequest(session, io, () => agent.notify());
  session.endAfter(choice.for);
  await session.over;
  await agent.close();
  await monitor.close();
  await told;
  if (session.ending !== "output-closed") transcript.end();
  return EXIT.found;
}

/** Tells who speaks as soon as that was said, then all that passes. Resolves when the monitor is closed. */
async function tell(
  monitor: Monitor,
  transcript: Transcript,
  session: Session,
  { clock }: Io,
  speakerOf: (first: readonly MonitoredSsdp[]) => Speaker,
): Promise<void> {
  let held: MonitoredSsdp[] | undefined = [];
  const start = (): void => {
    const first = held ?? [];
    if (!held) return;
    held = undefined;
    transcript.start(speakerOf(first));
    for (const datagram of first) transcript.datagram(datagram);
  };
  session.also(clock.at(clock.now() + MOMENT_MS, start));
  for await (const datagram of monitor) {
    if (datagram.protocol !== "ssdp") continue;
    if (held) held.push(datagram);
    else transcript.datagram(datagram);
  }
  start();
}

/** What our first messages say of us is what others know of us. */
function speaker(
  { title, offers, lines }: Conversation,
  first: readonly MonitoredSsdp[],
  earshot: Earshot,
): Speaker {
  const usn = saidFirst(first, "notify", "USN");
  const userAgent = saidFirst(first, "search", "USER-AGENT");
  const st = offers.map(({ type }) => type).join(", ");
  return {
    title,
    flags: [
      ...(st === "" ? [] : [["ST", st] as const]),
      ...(usn === undefined ? [] : [["UUID", splitUsn(usn).writtenUdn] as const]),
      ...(userAgent === undefined ? [] : [["USER-AGENT", userAgent] as const]),
      ["ON", earshot.links.map(({ id, address }) => cell(`${id} ${address}`)).join(", ")],
    ],
    lines: [...lines, "Ctrl-C ends it, with a goodbye."],
  };
}

function saidFirst(
  datagrams: readonly MonitoredSsdp[],
  kind: MonitoredSsdp["message"]["kind"],
  header: string,
): string | undefined {
  for (const { direction, message } of datagrams) {
    if (direction === "out" && message.kind === kind && message.kind !== "malformed")
      return message.headers.get(header);
  }
  return undefined;
}
